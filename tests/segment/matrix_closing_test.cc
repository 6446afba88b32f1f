// CLOSING (RFC 9293 3.10.7.4): the ACK of our FIN leads to TIME-WAIT; text and a second FIN are ignored.
#include "matrix.h"

namespace millrace::tcp::test {
namespace {

TEST_F(Matrix, rcv_ack_closing) {
  in(In::Closing, seg(),
     {
         {At::Left, kAck, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kNothing, "TIME-WAIT", "Closed: closed by both sides", "processed time_waits", "2msl 60s"},
         {At::Second, kNothing, "TIME-WAIT", "Closed: closed by both sides", "processed time_waits", "2msl 60s"},
         {At::Last, kNothing, "TIME-WAIT", "Closed: closed by both sides", "processed time_waits", "2msl 60s"},
         {At::Right, kAck, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_ack_data_closing) {
  in(In::Closing, seg().data(10),
     {
         {At::Left, kAck, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kNothing, "TIME-WAIT", "Closed: closed by both sides", "processed time_waits", "2msl 60s"},
         {At::Second, kNothing, "TIME-WAIT", "Closed: closed by both sides", "processed time_waits", "2msl 60s"},
         {At::Last, kNothing, "TIME-WAIT", "Closed: closed by both sides", "processed time_waits", "2msl 60s"},
         {At::Right, kAck, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_ack_fin_closing) {
  in(In::Closing, seg().fin(),
     {
         {At::Left, kAck, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kNothing, "TIME-WAIT", "Closed: closed by both sides", "processed time_waits", "2msl 60s"},
         {At::Second, kNothing, "TIME-WAIT", "Closed: closed by both sides", "processed time_waits", "2msl 60s"},
         {At::Last, kNothing, "TIME-WAIT", "Closed: closed by both sides", "processed time_waits", "2msl 60s"},
         {At::Right, kAck, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_ack_data_fin_closing) {
  in(In::Closing, seg().data(10).fin(),
     {
         {At::Left, kAck, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kNothing, "TIME-WAIT", "Closed: closed by both sides", "processed time_waits", "2msl 60s"},
         {At::Second, kNothing, "TIME-WAIT", "Closed: closed by both sides", "processed time_waits", "2msl 60s"},
         {At::Last, kNothing, "TIME-WAIT", "Closed: closed by both sides", "processed time_waits", "2msl 60s"},
         {At::Right, kAck, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_ack_unsent_closing) {
  in(In::Closing, seg().data(10), "SND.NXT+1",
     {
         {At::First, kAck, "CLOSING", kNothing, "dropped_ack_outside challenge_acks", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_ack_ancient_closing) {
  in(In::Closing, seg().data(10), "SND.UNA-MAX.SND.WND-1",
     {
         {At::First, kAck, "CLOSING", kNothing, "dropped_ack_outside challenge_acks", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_data_closing) {
  in(In::Closing, seg().no_ack().data(10),
     {
         {At::Left, kAck, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kNothing, "CLOSING", kNothing, "dropped_no_ack", "rexmit 1s user 924s"},
         {At::Second, kNothing, "CLOSING", kNothing, "dropped_no_ack", "rexmit 1s user 924s"},
         {At::Last, kNothing, "CLOSING", kNothing, "dropped_no_ack", "rexmit 1s user 924s"},
         {At::Right, kAck, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_fin_closing) {
  in(In::Closing, seg().no_ack().fin(),
     {
         {At::Left, kAck, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kNothing, "CLOSING", kNothing, "dropped_no_ack", "rexmit 1s user 924s"},
         {At::Second, kNothing, "CLOSING", kNothing, "dropped_no_ack", "rexmit 1s user 924s"},
         {At::Last, kNothing, "CLOSING", kNothing, "dropped_no_ack", "rexmit 1s user 924s"},
         {At::Right, kAck, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_syn_closing) {
  in(In::Closing, seg().syn().no_ack(),
     {
         {At::Left, kAck, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kAck, "CLOSING", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Second, kAck, "CLOSING", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Last, kAck, "CLOSING", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Right, kAck, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_syn_ack_closing) {
  in(In::Closing, seg().syn(),
     {
         {At::Left, kAck, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kAck, "CLOSING", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Second, kAck, "CLOSING", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Last, kAck, "CLOSING", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Right, kAck, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_syn_data_closing) {
  in(In::Closing, seg().syn().no_ack().data(10),
     {
         {At::Left, kAck, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kAck, "CLOSING", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Second, kAck, "CLOSING", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Last, kAck, "CLOSING", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Right, kAck, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_syn_fin_closing) {
  in(In::Closing, seg().syn().no_ack().fin(),
     {
         {At::Left, kAck, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kAck, "CLOSING", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Second, kAck, "CLOSING", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Last, kAck, "CLOSING", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Right, kAck, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_rst_closing) {
  in(In::Closing, seg().rst().no_ack(),
     {
         {At::Left, kNothing, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kNothing, "CLOSED", "Closed: reset by peer", "processed resets_received", kNone},
         {At::Second, kAck, "CLOSING", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Last, kAck, "CLOSING", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Right, kNothing, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_rst_ack_closing) {
  in(In::Closing, seg().rst(),
     {
         {At::Left, kNothing, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kNothing, "CLOSED", "Closed: reset by peer", "processed resets_received", kNone},
         {At::Second, kAck, "CLOSING", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Last, kAck, "CLOSING", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Right, kNothing, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_rst_data_closing) {
  in(In::Closing, seg().rst().data(10),
     {
         {At::Left, kNothing, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kNothing, "CLOSED", "Closed: reset by peer", "processed resets_received", kNone},
         {At::Second, kAck, "CLOSING", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Last, kAck, "CLOSING", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Right, kNothing, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

TEST_F(Matrix, rcv_syn_rst_closing) {
  in(In::Closing, seg().syn().rst().no_ack(),
     {
         {At::Left, kNothing, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
         {At::First, kNothing, "CLOSED", "Closed: reset by peer", "processed resets_received", kNone},
         {At::Second, kAck, "CLOSING", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Last, kAck, "CLOSING", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 924s"},
         {At::Right, kNothing, "CLOSING", kNothing, "dropped_not_acceptable", "rexmit 1s user 924s"},
     });
}

}  // namespace
}  // namespace millrace::tcp::test
