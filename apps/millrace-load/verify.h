// Compares received text with what is expected at the connection's position, and moves the position on.
#pragma once

#include <cstddef>
#include <span>

#include "connection.h"
#include "engine.h"
#include "text.h"

namespace millrace::load {

inline void verify(Engine& engine, Connection& connection, const Text& want, std::span<const std::byte> got) noexcept {
  const std::size_t at = want.difference(connection.want_at, got);
  if (at != got.size()) [[unlikely]]
    engine.note_mismatch(connection, at, *want.at(want.advance(connection.want_at, static_cast<std::uint32_t>(at))),
                         got[at]);
  connection.want_at = want.advance(connection.want_at, static_cast<std::uint32_t>(got.size()));
}

}  // namespace millrace::load
