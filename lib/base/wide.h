// The 128-bit product that fixed-point scaling and range reduction need; a compiler extension, named once.
#pragma once

namespace millrace::base {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 Uint128;

}  // namespace millrace::base
