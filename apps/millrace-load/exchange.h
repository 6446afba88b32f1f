// One request and its answer, as bytes: what is asked, and when the answer is whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "connection.h"
#include "text.h"

namespace millrace::load {

class Engine;

enum class Progress : std::uint8_t {
  More,    ///< the answer goes on
  Whole,   ///< it ended with this text
  Broken,  ///< it can't be read, or there was more than an answer: the connection is of no use any more
};

class Exchange {
 public:
  virtual ~Exchange() = default;

  /// What connections send, requests one behind the other.
  [[nodiscard]] virtual const Text& text() const noexcept = 0;
  /// A connection is new.
  virtual void open(Connection& connection) noexcept = 0;
  /// Sends a request.
  virtual void ask(Engine& engine, Connection& connection) noexcept = 0;
  /// Takes text of the answer.
  virtual Progress take(Engine& engine, Connection& connection, std::span<const std::byte> text) noexcept = 0;
};

/// Text came. True when it ends the answer, which is counted with its latency; what can't be an answer is counted too,
/// and ends the connection.
[[nodiscard]] bool answered(Engine& engine, Exchange& exchange, Connection& connection,
                            std::span<const std::byte> text);

}  // namespace millrace::load
