// SYN-RECEIVED by a simultaneous open (RFC 9293 3.10.7.4, figure 8): an exact RST means refused, the crossing SYN,ACK
// completes the handshake, an unacceptable ACK is answered by RST (3.5.2, group 2).
#include "matrix.h"

namespace millrace::tcp::test {
namespace {

TEST_F(Matrix, rcv_ack_syn_received_active) {
  in(In::SynReceivedActive, seg(),
     {
         {At::Left, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "rexmit 1s user 180s"},
         {At::First, kNothing, "ESTABLISHED", "Connected", "processed", kNone},
         {At::Second, kNothing, "ESTABLISHED", "Connected", "processed", kNone},
         {At::Last, kNothing, "ESTABLISHED", "Connected", "processed", kNone},
         {At::Right, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_ack_data_syn_received_active) {
  in(In::SynReceivedActive, seg().data(10),
     {
         {At::Left, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "rexmit 1s user 180s"},
         {At::Over, kNothing, "ESTABLISHED", "Connected, Readable 5", "delivered", "ack 40ms"},
         {At::First, kNothing, "ESTABLISHED", "Connected, Readable 10", "delivered", "ack 40ms"},
         {At::Second, kAck, "ESTABLISHED", "Connected", "queued", kNone},
         {At::Last, kAck, "ESTABLISHED", "Connected", "queued", kNone},
         {At::Right, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_ack_fin_syn_received_active) {
  in(In::SynReceivedActive, seg().fin(),
     {
         {At::Left, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "rexmit 1s user 180s"},
         {At::First, "<SEQ=SND.NXT><ACK=RCV.NXT+1><CTL=ACK>", "CLOSE-WAIT", "Connected, PeerClosed", "processed",
          kNone},
         {At::Second, kAck, "ESTABLISHED", "Connected", "queued", kNone},
         {At::Last, kAck, "ESTABLISHED", "Connected", "queued", kNone},
         {At::Right, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_ack_data_fin_syn_received_active) {
  in(In::SynReceivedActive, seg().data(10).fin(),
     {
         {At::Left, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "rexmit 1s user 180s"},
         {At::First, "<SEQ=SND.NXT><ACK=RCV.NXT+11><CTL=ACK>", "CLOSE-WAIT", "Connected, Readable 10, PeerClosed",
          "delivered", kNone},
         {At::Second, kAck, "ESTABLISHED", "Connected", "queued", kNone},
         {At::Last, kAck, "ESTABLISHED", "Connected", "queued", kNone},
         {At::Right, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_ack_unsent_syn_received_active) {
  in(In::SynReceivedActive, seg().data(10), "SND.NXT+1",
     {
         {At::First, kRstAtAck, "SYN-RECEIVED", kNothing, "dropped_bad_handshake resets_sent", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_ack_ancient_syn_received_active) {
  in(In::SynReceivedActive, seg().data(10), "SND.UNA-MAX.SND.WND-1",
     {
         {At::First, kRstAtAck, "SYN-RECEIVED", kNothing, "dropped_bad_handshake resets_sent", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_data_syn_received_active) {
  in(In::SynReceivedActive, seg().no_ack().data(10),
     {
         {At::Left, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "rexmit 1s user 180s"},
         {At::First, kNothing, "SYN-RECEIVED", kNothing, "dropped_no_ack", "rexmit 1s user 180s"},
         {At::Second, kNothing, "SYN-RECEIVED", kNothing, "dropped_no_ack", "rexmit 1s user 180s"},
         {At::Last, kNothing, "SYN-RECEIVED", kNothing, "dropped_no_ack", "rexmit 1s user 180s"},
         {At::Right, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_fin_syn_received_active) {
  in(In::SynReceivedActive, seg().no_ack().fin(),
     {
         {At::Left, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "rexmit 1s user 180s"},
         {At::First, kNothing, "SYN-RECEIVED", kNothing, "dropped_no_ack", "rexmit 1s user 180s"},
         {At::Second, kNothing, "SYN-RECEIVED", kNothing, "dropped_no_ack", "rexmit 1s user 180s"},
         {At::Last, kNothing, "SYN-RECEIVED", kNothing, "dropped_no_ack", "rexmit 1s user 180s"},
         {At::Right, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_syn_syn_received_active) {
  in(In::SynReceivedActive, seg().syn().no_ack(),
     {
         {At::Left, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "rexmit 1s user 180s"},
         {At::First, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 180s"},
         {At::Second, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 180s"},
         {At::Last, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 180s"},
         {At::Right, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_syn_ack_syn_received_active) {
  in(In::SynReceivedActive, seg().syn(),
     {
         {At::Left, kAck, "ESTABLISHED", "Connected", "processed", kNone},
         {At::First, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 180s"},
         {At::Second, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 180s"},
         {At::Last, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 180s"},
         {At::Right, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_syn_data_syn_received_active) {
  in(In::SynReceivedActive, seg().syn().no_ack().data(10),
     {
         {At::Left, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "rexmit 1s user 180s"},
         {At::First, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 180s"},
         {At::Second, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 180s"},
         {At::Last, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 180s"},
         {At::Right, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_syn_fin_syn_received_active) {
  in(In::SynReceivedActive, seg().syn().no_ack().fin(),
     {
         {At::Left, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "rexmit 1s user 180s"},
         {At::First, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 180s"},
         {At::Second, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 180s"},
         {At::Last, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 180s"},
         {At::Right, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_rst_syn_received_active) {
  in(In::SynReceivedActive, seg().rst().no_ack(),
     {
         {At::Left, kNothing, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "rexmit 1s user 180s"},
         {At::First, kNothing, "CLOSED", "Closed: refused by peer", "processed resets_received", kNone},
         {At::Second, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 180s"},
         {At::Last, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 180s"},
         {At::Right, kNothing, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_rst_ack_syn_received_active) {
  in(In::SynReceivedActive, seg().rst(),
     {
         {At::Left, kNothing, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "rexmit 1s user 180s"},
         {At::First, kNothing, "CLOSED", "Closed: refused by peer", "processed resets_received", kNone},
         {At::Second, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 180s"},
         {At::Last, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 180s"},
         {At::Right, kNothing, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_rst_data_syn_received_active) {
  in(In::SynReceivedActive, seg().rst().data(10),
     {
         {At::Left, kNothing, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "rexmit 1s user 180s"},
         {At::First, kNothing, "CLOSED", "Closed: refused by peer", "processed resets_received", kNone},
         {At::Second, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 180s"},
         {At::Last, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 180s"},
         {At::Right, kNothing, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_syn_rst_syn_received_active) {
  in(In::SynReceivedActive, seg().syn().rst().no_ack(),
     {
         {At::Left, kNothing, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "rexmit 1s user 180s"},
         {At::First, kNothing, "CLOSED", "Closed: refused by peer", "processed resets_received", kNone},
         {At::Second, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 180s"},
         {At::Last, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "rexmit 1s user 180s"},
         {At::Right, kNothing, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "rexmit 1s user 180s"},
     });
}

}  // namespace
}  // namespace millrace::tcp::test
