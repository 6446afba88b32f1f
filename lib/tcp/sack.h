// What the SACK option of an ACK tells the sender (RFC 2018 5, RFC 6675 4 Update(), RFC 2883 4 for D-SACK).
#pragma once

namespace millrace::tcp {

struct Tcb;
struct Env;
struct Segment;
struct Sender;
struct AckNews;

/// Marks what the blocks cover, and sees whether the first is a D-SACK. SND.UNA has moved already.
void take_sack(Tcb& tcb, Sender& sender, const Segment& seg, AckNews& news, Env& env) noexcept;

}  // namespace millrace::tcp
