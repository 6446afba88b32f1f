// ESTABLISHED (RFC 9293 3.10.7.4; RFC 5961 3, 4, 5; RFC 5681 4.2 for ACKs at once behind a hole).
#include "matrix.h"

namespace millrace::tcp::test {
namespace {

TEST_F(Matrix, rcv_ack_established) {
  in(In::Established, seg(),
     {
         {At::Left, kAck, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kNothing, "ESTABLISHED", kNothing, "processed", kNone},
         {At::Second, kNothing, "ESTABLISHED", kNothing, "processed", kNone},
         {At::Last, kNothing, "ESTABLISHED", kNothing, "processed", kNone},
         {At::Right, kAck, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_ack_data_established) {
  in(In::Established, seg().data(10),
     {
         {At::Left, kAck, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
         {At::Over, kNothing, "ESTABLISHED", "Readable 5", "delivered", "ack 40ms"},
         {At::First, kNothing, "ESTABLISHED", "Readable 10", "delivered", "ack 40ms"},
         {At::Second, kAck, "ESTABLISHED", kNothing, "queued", kNone},
         {At::Last, kAck, "ESTABLISHED", kNothing, "queued", kNone},
         {At::Right, kAck, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_ack_fin_established) {
  in(In::Established, seg().fin(),
     {
         {At::Left, kAck, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
         {At::First, "<SEQ=SND.NXT><ACK=RCV.NXT+1><CTL=ACK>", "CLOSE-WAIT", "PeerClosed", "processed", kNone},
         {At::Second, kAck, "ESTABLISHED", kNothing, "queued", kNone},
         {At::Last, kAck, "ESTABLISHED", kNothing, "queued", kNone},
         {At::Right, kAck, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_ack_data_fin_established) {
  in(In::Established, seg().data(10).fin(),
     {
         {At::Left, kAck, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
         {At::First, "<SEQ=SND.NXT><ACK=RCV.NXT+11><CTL=ACK>", "CLOSE-WAIT", "Readable 10, PeerClosed", "delivered",
          kNone},
         {At::Second, kAck, "ESTABLISHED", kNothing, "queued", kNone},
         {At::Last, kAck, "ESTABLISHED", kNothing, "queued", kNone},
         {At::Right, kAck, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_ack_unsent_established) {
  in(In::Established, seg().data(10), "SND.NXT+1",
     {
         {At::First, kAck, "ESTABLISHED", kNothing, "dropped_ack_outside challenge_acks", kNone},
     });
}

TEST_F(Matrix, rcv_ack_ancient_established) {
  in(In::Established, seg().data(10), "SND.UNA-MAX.SND.WND-1",
     {
         {At::First, kAck, "ESTABLISHED", kNothing, "dropped_ack_outside challenge_acks", kNone},
     });
}

TEST_F(Matrix, rcv_data_established) {
  in(In::Established, seg().no_ack().data(10),
     {
         {At::Left, kAck, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kNothing, "ESTABLISHED", kNothing, "dropped_no_ack", kNone},
         {At::Second, kNothing, "ESTABLISHED", kNothing, "dropped_no_ack", kNone},
         {At::Last, kNothing, "ESTABLISHED", kNothing, "dropped_no_ack", kNone},
         {At::Right, kAck, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_fin_established) {
  in(In::Established, seg().no_ack().fin(),
     {
         {At::Left, kAck, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kNothing, "ESTABLISHED", kNothing, "dropped_no_ack", kNone},
         {At::Second, kNothing, "ESTABLISHED", kNothing, "dropped_no_ack", kNone},
         {At::Last, kNothing, "ESTABLISHED", kNothing, "dropped_no_ack", kNone},
         {At::Right, kAck, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_syn_established) {
  in(In::Established, seg().syn().no_ack(),
     {
         {At::Left, kAck, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kAck, "ESTABLISHED", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Second, kAck, "ESTABLISHED", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Last, kAck, "ESTABLISHED", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Right, kAck, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_syn_ack_established) {
  in(In::Established, seg().syn(),
     {
         {At::Left, kAck, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kAck, "ESTABLISHED", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Second, kAck, "ESTABLISHED", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Last, kAck, "ESTABLISHED", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Right, kAck, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_syn_data_established) {
  in(In::Established, seg().syn().no_ack().data(10),
     {
         {At::Left, kAck, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kAck, "ESTABLISHED", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Second, kAck, "ESTABLISHED", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Last, kAck, "ESTABLISHED", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Right, kAck, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_syn_fin_established) {
  in(In::Established, seg().syn().no_ack().fin(),
     {
         {At::Left, kAck, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kAck, "ESTABLISHED", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Second, kAck, "ESTABLISHED", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Last, kAck, "ESTABLISHED", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Right, kAck, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_rst_established) {
  in(In::Established, seg().rst().no_ack(),
     {
         {At::Left, kNothing, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kNothing, "CLOSED", "Closed: reset by peer", "processed resets_received", kNone},
         {At::Second, kAck, "ESTABLISHED", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Last, kAck, "ESTABLISHED", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Right, kNothing, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_rst_ack_established) {
  in(In::Established, seg().rst(),
     {
         {At::Left, kNothing, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kNothing, "CLOSED", "Closed: reset by peer", "processed resets_received", kNone},
         {At::Second, kAck, "ESTABLISHED", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Last, kAck, "ESTABLISHED", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Right, kNothing, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_rst_data_established) {
  in(In::Established, seg().rst().data(10),
     {
         {At::Left, kNothing, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kNothing, "CLOSED", "Closed: reset by peer", "processed resets_received", kNone},
         {At::Second, kAck, "ESTABLISHED", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Last, kAck, "ESTABLISHED", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Right, kNothing, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_syn_rst_established) {
  in(In::Established, seg().syn().rst().no_ack(),
     {
         {At::Left, kNothing, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kNothing, "CLOSED", "Closed: reset by peer", "processed resets_received", kNone},
         {At::Second, kAck, "ESTABLISHED", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Last, kAck, "ESTABLISHED", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Right, kNothing, "ESTABLISHED", kNothing, "dropped_not_acceptable", kNone},
     });
}

}  // namespace
}  // namespace millrace::tcp::test
