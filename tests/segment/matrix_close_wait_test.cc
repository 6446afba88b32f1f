// CLOSE-WAIT (RFC 9293 3.10.7.4): behind the peer's FIN there is nothing. Text and a second FIN "should not occur" and
// are ignored; the ACK counts.
#include "matrix.h"

namespace millrace::tcp::test {
namespace {

TEST_F(Matrix, rcv_ack_close_wait) {
  in(In::CloseWait, seg(),
     {
         {At::Left, kAck, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kNothing, "CLOSE-WAIT", kNothing, "processed", kNone},
         {At::Second, kNothing, "CLOSE-WAIT", kNothing, "processed", kNone},
         {At::Last, kNothing, "CLOSE-WAIT", kNothing, "processed", kNone},
         {At::Right, kAck, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_ack_data_close_wait) {
  in(In::CloseWait, seg().data(10),
     {
         {At::Left, kAck, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kNothing, "CLOSE-WAIT", kNothing, "processed", kNone},
         {At::Second, kNothing, "CLOSE-WAIT", kNothing, "processed", kNone},
         {At::Last, kNothing, "CLOSE-WAIT", kNothing, "processed", kNone},
         {At::Right, kAck, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_ack_fin_close_wait) {
  in(In::CloseWait, seg().fin(),
     {
         {At::Left, kAck, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kNothing, "CLOSE-WAIT", kNothing, "processed", kNone},
         {At::Second, kNothing, "CLOSE-WAIT", kNothing, "processed", kNone},
         {At::Last, kNothing, "CLOSE-WAIT", kNothing, "processed", kNone},
         {At::Right, kAck, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_ack_data_fin_close_wait) {
  in(In::CloseWait, seg().data(10).fin(),
     {
         {At::Left, kAck, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kNothing, "CLOSE-WAIT", kNothing, "processed", kNone},
         {At::Second, kNothing, "CLOSE-WAIT", kNothing, "processed", kNone},
         {At::Last, kNothing, "CLOSE-WAIT", kNothing, "processed", kNone},
         {At::Right, kAck, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_ack_unsent_close_wait) {
  in(In::CloseWait, seg().data(10), "SND.NXT+1",
     {
         {At::First, kAck, "CLOSE-WAIT", kNothing, "dropped_ack_outside challenge_acks", kNone},
     });
}

TEST_F(Matrix, rcv_ack_ancient_close_wait) {
  in(In::CloseWait, seg().data(10), "SND.UNA-MAX.SND.WND-1",
     {
         {At::First, kAck, "CLOSE-WAIT", kNothing, "dropped_ack_outside challenge_acks", kNone},
     });
}

TEST_F(Matrix, rcv_data_close_wait) {
  in(In::CloseWait, seg().no_ack().data(10),
     {
         {At::Left, kAck, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kNothing, "CLOSE-WAIT", kNothing, "dropped_no_ack", kNone},
         {At::Second, kNothing, "CLOSE-WAIT", kNothing, "dropped_no_ack", kNone},
         {At::Last, kNothing, "CLOSE-WAIT", kNothing, "dropped_no_ack", kNone},
         {At::Right, kAck, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_fin_close_wait) {
  in(In::CloseWait, seg().no_ack().fin(),
     {
         {At::Left, kAck, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kNothing, "CLOSE-WAIT", kNothing, "dropped_no_ack", kNone},
         {At::Second, kNothing, "CLOSE-WAIT", kNothing, "dropped_no_ack", kNone},
         {At::Last, kNothing, "CLOSE-WAIT", kNothing, "dropped_no_ack", kNone},
         {At::Right, kAck, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_syn_close_wait) {
  in(In::CloseWait, seg().syn().no_ack(),
     {
         {At::Left, kAck, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kAck, "CLOSE-WAIT", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Second, kAck, "CLOSE-WAIT", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Last, kAck, "CLOSE-WAIT", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Right, kAck, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_syn_ack_close_wait) {
  in(In::CloseWait, seg().syn(),
     {
         {At::Left, kAck, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kAck, "CLOSE-WAIT", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Second, kAck, "CLOSE-WAIT", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Last, kAck, "CLOSE-WAIT", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Right, kAck, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_syn_data_close_wait) {
  in(In::CloseWait, seg().syn().no_ack().data(10),
     {
         {At::Left, kAck, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kAck, "CLOSE-WAIT", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Second, kAck, "CLOSE-WAIT", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Last, kAck, "CLOSE-WAIT", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Right, kAck, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_syn_fin_close_wait) {
  in(In::CloseWait, seg().syn().no_ack().fin(),
     {
         {At::Left, kAck, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kAck, "CLOSE-WAIT", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Second, kAck, "CLOSE-WAIT", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Last, kAck, "CLOSE-WAIT", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Right, kAck, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_rst_close_wait) {
  in(In::CloseWait, seg().rst().no_ack(),
     {
         {At::Left, kNothing, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kNothing, "CLOSED", "Closed: reset by peer", "processed resets_received", kNone},
         {At::Second, kAck, "CLOSE-WAIT", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Last, kAck, "CLOSE-WAIT", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Right, kNothing, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_rst_ack_close_wait) {
  in(In::CloseWait, seg().rst(),
     {
         {At::Left, kNothing, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kNothing, "CLOSED", "Closed: reset by peer", "processed resets_received", kNone},
         {At::Second, kAck, "CLOSE-WAIT", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Last, kAck, "CLOSE-WAIT", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Right, kNothing, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_rst_data_close_wait) {
  in(In::CloseWait, seg().rst().data(10),
     {
         {At::Left, kNothing, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kNothing, "CLOSED", "Closed: reset by peer", "processed resets_received", kNone},
         {At::Second, kAck, "CLOSE-WAIT", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Last, kAck, "CLOSE-WAIT", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Right, kNothing, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_syn_rst_close_wait) {
  in(In::CloseWait, seg().syn().rst().no_ack(),
     {
         {At::Left, kNothing, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kNothing, "CLOSED", "Closed: reset by peer", "processed resets_received", kNone},
         {At::Second, kAck, "CLOSE-WAIT", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Last, kAck, "CLOSE-WAIT", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Right, kNothing, "CLOSE-WAIT", kNothing, "dropped_not_acceptable", kNone},
     });
}

}  // namespace
}  // namespace millrace::tcp::test
