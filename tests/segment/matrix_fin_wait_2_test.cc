// FIN-WAIT-2 (RFC 9293 3.10.7.4): text is still taken; the peer's FIN leads to TIME-WAIT.
#include "matrix.h"

namespace millrace::tcp::test {
namespace {

TEST_F(Matrix, rcv_ack_fin_wait_2) {
  in(In::FinWait2, seg(),
     {
         {At::Left, kAck, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kNothing, "FIN-WAIT-2", kNothing, "processed", kNone},
         {At::Second, kNothing, "FIN-WAIT-2", kNothing, "processed", kNone},
         {At::Last, kNothing, "FIN-WAIT-2", kNothing, "processed", kNone},
         {At::Right, kAck, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_ack_data_fin_wait_2) {
  in(In::FinWait2, seg().data(10),
     {
         {At::Left, kAck, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
         {At::Over, kNothing, "FIN-WAIT-2", "Readable 5", "delivered", "ack 40ms"},
         {At::First, kNothing, "FIN-WAIT-2", "Readable 10", "delivered", "ack 40ms"},
         {At::Second, kAck, "FIN-WAIT-2", kNothing, "queued", kNone},
         {At::Last, kAck, "FIN-WAIT-2", kNothing, "queued", kNone},
         {At::Right, kAck, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_ack_fin_fin_wait_2) {
  in(In::FinWait2, seg().fin(),
     {
         {At::Left, kAck, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
         {At::First, "<SEQ=SND.NXT><ACK=RCV.NXT+1><CTL=ACK>", "TIME-WAIT", "PeerClosed, Closed: closed by both sides",
          "processed time_waits", "2msl 60s"},
         {At::Second, kAck, "FIN-WAIT-2", kNothing, "queued", kNone},
         {At::Last, kAck, "FIN-WAIT-2", kNothing, "queued", kNone},
         {At::Right, kAck, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_ack_data_fin_fin_wait_2) {
  in(In::FinWait2, seg().data(10).fin(),
     {
         {At::Left, kAck, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
         {At::First, "<SEQ=SND.NXT><ACK=RCV.NXT+11><CTL=ACK>", "TIME-WAIT", "Readable 10, PeerClosed",
          "delivered time_waits", "2msl 60s"},
         {At::Second, kAck, "FIN-WAIT-2", kNothing, "queued", kNone},
         {At::Last, kAck, "FIN-WAIT-2", kNothing, "queued", kNone},
         {At::Right, kAck, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_ack_unsent_fin_wait_2) {
  in(In::FinWait2, seg().data(10), "SND.NXT+1",
     {
         {At::First, kAck, "FIN-WAIT-2", kNothing, "dropped_ack_outside challenge_acks", kNone},
     });
}

TEST_F(Matrix, rcv_ack_ancient_fin_wait_2) {
  in(In::FinWait2, seg().data(10), "SND.UNA-MAX.SND.WND-1",
     {
         {At::First, kAck, "FIN-WAIT-2", kNothing, "dropped_ack_outside challenge_acks", kNone},
     });
}

TEST_F(Matrix, rcv_data_fin_wait_2) {
  in(In::FinWait2, seg().no_ack().data(10),
     {
         {At::Left, kAck, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kNothing, "FIN-WAIT-2", kNothing, "dropped_no_ack", kNone},
         {At::Second, kNothing, "FIN-WAIT-2", kNothing, "dropped_no_ack", kNone},
         {At::Last, kNothing, "FIN-WAIT-2", kNothing, "dropped_no_ack", kNone},
         {At::Right, kAck, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_fin_fin_wait_2) {
  in(In::FinWait2, seg().no_ack().fin(),
     {
         {At::Left, kAck, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kNothing, "FIN-WAIT-2", kNothing, "dropped_no_ack", kNone},
         {At::Second, kNothing, "FIN-WAIT-2", kNothing, "dropped_no_ack", kNone},
         {At::Last, kNothing, "FIN-WAIT-2", kNothing, "dropped_no_ack", kNone},
         {At::Right, kAck, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_syn_fin_wait_2) {
  in(In::FinWait2, seg().syn().no_ack(),
     {
         {At::Left, kAck, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kAck, "FIN-WAIT-2", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Second, kAck, "FIN-WAIT-2", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Last, kAck, "FIN-WAIT-2", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Right, kAck, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_syn_ack_fin_wait_2) {
  in(In::FinWait2, seg().syn(),
     {
         {At::Left, kAck, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kAck, "FIN-WAIT-2", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Second, kAck, "FIN-WAIT-2", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Last, kAck, "FIN-WAIT-2", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Right, kAck, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_syn_data_fin_wait_2) {
  in(In::FinWait2, seg().syn().no_ack().data(10),
     {
         {At::Left, kAck, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kAck, "FIN-WAIT-2", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Second, kAck, "FIN-WAIT-2", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Last, kAck, "FIN-WAIT-2", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Right, kAck, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_syn_fin_fin_wait_2) {
  in(In::FinWait2, seg().syn().no_ack().fin(),
     {
         {At::Left, kAck, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kAck, "FIN-WAIT-2", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Second, kAck, "FIN-WAIT-2", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Last, kAck, "FIN-WAIT-2", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Right, kAck, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_rst_fin_wait_2) {
  in(In::FinWait2, seg().rst().no_ack(),
     {
         {At::Left, kNothing, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kNothing, "CLOSED", "Closed: reset by peer", "processed resets_received", kNone},
         {At::Second, kAck, "FIN-WAIT-2", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Last, kAck, "FIN-WAIT-2", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Right, kNothing, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_rst_ack_fin_wait_2) {
  in(In::FinWait2, seg().rst(),
     {
         {At::Left, kNothing, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kNothing, "CLOSED", "Closed: reset by peer", "processed resets_received", kNone},
         {At::Second, kAck, "FIN-WAIT-2", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Last, kAck, "FIN-WAIT-2", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Right, kNothing, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_rst_data_fin_wait_2) {
  in(In::FinWait2, seg().rst().data(10),
     {
         {At::Left, kNothing, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kNothing, "CLOSED", "Closed: reset by peer", "processed resets_received", kNone},
         {At::Second, kAck, "FIN-WAIT-2", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Last, kAck, "FIN-WAIT-2", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Right, kNothing, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
     });
}

TEST_F(Matrix, rcv_syn_rst_fin_wait_2) {
  in(In::FinWait2, seg().syn().rst().no_ack(),
     {
         {At::Left, kNothing, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
         {At::First, kNothing, "CLOSED", "Closed: reset by peer", "processed resets_received", kNone},
         {At::Second, kAck, "FIN-WAIT-2", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Last, kAck, "FIN-WAIT-2", kNothing, "answered_challenge challenge_acks", kNone},
         {At::Right, kNothing, "FIN-WAIT-2", kNothing, "dropped_not_acceptable", kNone},
     });
}

}  // namespace
}  // namespace millrace::tcp::test
