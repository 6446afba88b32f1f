// LAST-ACK (RFC 9293 3.10.7.4): the ACK of our FIN is the end; text and a second FIN are ignored.
#include "matrix.h"

namespace millrace::tcp::test {
namespace {

TEST_F(Matrix, rcv_ack_last_ack) {
  in(In::LastAck, seg(),
     {
         {At::Left, kAck, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kNothing, "CLOSED", "Closed: closed by both sides", "processed", kNone},
         {At::Second, kNothing, "CLOSED", "Closed: closed by both sides", "processed", kNone},
         {At::Last, kNothing, "CLOSED", "Closed: closed by both sides", "processed", kNone},
         {At::Right, kAck, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_ack_data_last_ack) {
  in(In::LastAck, seg().data(10),
     {
         {At::Left, kAck, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kNothing, "CLOSED", "Closed: closed by both sides", "processed", kNone},
         {At::Second, kNothing, "CLOSED", "Closed: closed by both sides", "processed", kNone},
         {At::Last, kNothing, "CLOSED", "Closed: closed by both sides", "processed", kNone},
         {At::Right, kAck, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_ack_fin_last_ack) {
  in(In::LastAck, seg().fin(),
     {
         {At::Left, kAck, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kNothing, "CLOSED", "Closed: closed by both sides", "processed", kNone},
         {At::Second, kNothing, "CLOSED", "Closed: closed by both sides", "processed", kNone},
         {At::Last, kNothing, "CLOSED", "Closed: closed by both sides", "processed", kNone},
         {At::Right, kAck, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_ack_data_fin_last_ack) {
  in(In::LastAck, seg().data(10).fin(),
     {
         {At::Left, kAck, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kNothing, "CLOSED", "Closed: closed by both sides", "processed", kNone},
         {At::Second, kNothing, "CLOSED", "Closed: closed by both sides", "processed", kNone},
         {At::Last, kNothing, "CLOSED", "Closed: closed by both sides", "processed", kNone},
         {At::Right, kAck, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_ack_unsent_last_ack) {
  in(In::LastAck, seg().data(10), "SND.NXT+1",
     {
         {At::First, kAck, "LAST-ACK", kNothing, "dropped_ack_outside challenge_acks", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_ack_ancient_last_ack) {
  in(In::LastAck, seg().data(10), "SND.UNA-MAX.SND.WND-1",
     {
         {At::First, kAck, "LAST-ACK", kNothing, "dropped_ack_outside challenge_acks", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_data_last_ack) {
  in(In::LastAck, seg().no_ack().data(10),
     {
         {At::Left, kAck, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kNothing, "LAST-ACK", kNothing, "dropped_no_ack", "rexmit 1s user 924s"},
         {At::Second, kNothing, "LAST-ACK", kNothing, "dropped_no_ack", "rexmit 1s user 924s"},
         {At::Last, kNothing, "LAST-ACK", kNothing, "dropped_no_ack", "rexmit 1s user 924s"},
         {At::Right, kAck, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_fin_last_ack) {
  in(In::LastAck, seg().no_ack().fin(),
     {
         {At::Left, kAck, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kNothing, "LAST-ACK", kNothing, "dropped_no_ack", "rexmit 1s user 924s"},
         {At::Second, kNothing, "LAST-ACK", kNothing, "dropped_no_ack", "rexmit 1s user 924s"},
         {At::Last, kNothing, "LAST-ACK", kNothing, "dropped_no_ack", "rexmit 1s user 924s"},
         {At::Right, kAck, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_syn_last_ack) {
  in(In::LastAck, seg().syn().no_ack(),
     {
         {At::Left, kAck, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kAck, "LAST-ACK", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Second, kAck, "LAST-ACK", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Last, kAck, "LAST-ACK", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Right, kAck, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_syn_ack_last_ack) {
  in(In::LastAck, seg().syn(),
     {
         {At::Left, kAck, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kAck, "LAST-ACK", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Second, kAck, "LAST-ACK", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Last, kAck, "LAST-ACK", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Right, kAck, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_syn_data_last_ack) {
  in(In::LastAck, seg().syn().no_ack().data(10),
     {
         {At::Left, kAck, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kAck, "LAST-ACK", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Second, kAck, "LAST-ACK", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Last, kAck, "LAST-ACK", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Right, kAck, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_syn_fin_last_ack) {
  in(In::LastAck, seg().syn().no_ack().fin(),
     {
         {At::Left, kAck, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kAck, "LAST-ACK", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Second, kAck, "LAST-ACK", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Last, kAck, "LAST-ACK", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Right, kAck, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_rst_last_ack) {
  in(In::LastAck, seg().rst().no_ack(),
     {
         {At::Left, kNothing, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kNothing, "CLOSED", "Closed: reset by peer", "processed resets_received", kNone},
         {At::Second, kAck, "LAST-ACK", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Last, kAck, "LAST-ACK", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Right, kNothing, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_rst_ack_last_ack) {
  in(In::LastAck, seg().rst(),
     {
         {At::Left, kNothing, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kNothing, "CLOSED", "Closed: reset by peer", "processed resets_received", kNone},
         {At::Second, kAck, "LAST-ACK", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Last, kAck, "LAST-ACK", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Right, kNothing, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_rst_data_last_ack) {
  in(In::LastAck, seg().rst().data(10),
     {
         {At::Left, kNothing, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kNothing, "CLOSED", "Closed: reset by peer", "processed resets_received", kNone},
         {At::Second, kAck, "LAST-ACK", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Last, kAck, "LAST-ACK", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Right, kNothing, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_syn_rst_last_ack) {
  in(In::LastAck, seg().syn().rst().no_ack(),
     {
         {At::Left, kNothing, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kNothing, "CLOSED", "Closed: reset by peer", "processed resets_received", kNone},
         {At::Second, kAck, "LAST-ACK", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Last, kAck, "LAST-ACK", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Right, kNothing, "LAST-ACK", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

}  // namespace
}  // namespace millrace::tcp::test
