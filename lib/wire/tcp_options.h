// How TCP options are laid out by build_tcp: the part of tcp_header.h that only this room uses.
#pragma once

#include <cstddef>
#include <span>

#include "wire/tcp_header.h"

namespace millrace::wire {

/// Bytes of options that build_tcp_options writes: a multiple of 4, at most 40.
[[nodiscard]] std::size_t tcp_options_size(const TcpHeader& header) noexcept;
/// `out` has room for tcp_options_size(header).
void build_tcp_options(const TcpHeader& header, std::span<std::byte> out) noexcept;

}  // namespace millrace::wire
