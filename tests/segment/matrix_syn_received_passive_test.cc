// SYN-RECEIVED by a passive open (RFC 9293 3.10.7.4): an exact RST and a SYN in the window lead back to LISTEN, an
// unacceptable ACK is answered by RST (3.5.2, group 2). The SYN itself, come again, gets its SYN,ACK again.
#include "matrix.h"

namespace millrace::tcp::test {
namespace {

TEST_F(Matrix, rcv_ack_syn_received_passive) {
  in(In::SynReceivedPassive, seg(),
     {
         {At::Left, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "syn-ack 1s"},
         {At::First, kNothing, "ESTABLISHED", "Accepted", "processed passive_opens", kNone},
         {At::Second, kNothing, "ESTABLISHED", "Accepted", "processed passive_opens", kNone},
         {At::Last, kNothing, "ESTABLISHED", "Accepted", "processed passive_opens", kNone},
         {At::Right, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "syn-ack 1s"},
     });
}

TEST_F(Matrix, rcv_ack_data_syn_received_passive) {
  in(In::SynReceivedPassive, seg().data(10),
     {
         {At::Left, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "syn-ack 1s"},
         {At::Over, kNothing, "ESTABLISHED", "Accepted, Readable 5", "delivered passive_opens", "ack 40ms"},
         {At::First, kNothing, "ESTABLISHED", "Accepted, Readable 10", "delivered passive_opens", "ack 40ms"},
         {At::Second, kAck, "ESTABLISHED", "Accepted", "queued passive_opens", kNone},
         {At::Last, kAck, "ESTABLISHED", "Accepted", "queued passive_opens", kNone},
         {At::Right, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "syn-ack 1s"},
     });
}

TEST_F(Matrix, rcv_ack_fin_syn_received_passive) {
  in(In::SynReceivedPassive, seg().fin(),
     {
         {At::Left, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "syn-ack 1s"},
         {At::First, "<SEQ=SND.NXT><ACK=RCV.NXT+1><CTL=ACK>", "CLOSE-WAIT", "Accepted, PeerClosed",
          "processed passive_opens", kNone},
         {At::Second, kAck, "ESTABLISHED", "Accepted", "queued passive_opens", kNone},
         {At::Last, kAck, "ESTABLISHED", "Accepted", "queued passive_opens", kNone},
         {At::Right, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "syn-ack 1s"},
     });
}

TEST_F(Matrix, rcv_ack_data_fin_syn_received_passive) {
  in(In::SynReceivedPassive, seg().data(10).fin(),
     {
         {At::Left, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "syn-ack 1s"},
         {At::First, "<SEQ=SND.NXT><ACK=RCV.NXT+11><CTL=ACK>", "CLOSE-WAIT", "Accepted, Readable 10, PeerClosed",
          "delivered passive_opens", kNone},
         {At::Second, kAck, "ESTABLISHED", "Accepted", "queued passive_opens", kNone},
         {At::Last, kAck, "ESTABLISHED", "Accepted", "queued passive_opens", kNone},
         {At::Right, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "syn-ack 1s"},
     });
}

TEST_F(Matrix, rcv_ack_unsent_syn_received_passive) {
  in(In::SynReceivedPassive, seg().data(10), "SND.NXT+1",
     {
         {At::First, kRstAtAck, "SYN-RECEIVED", kNothing, "dropped_bad_handshake resets_sent", "syn-ack 1s"},
     });
}

TEST_F(Matrix, rcv_ack_ancient_syn_received_passive) {
  in(In::SynReceivedPassive, seg().data(10), "SND.UNA-MAX.SND.WND-1",
     {
         {At::First, kRstAtAck, "SYN-RECEIVED", kNothing, "dropped_bad_handshake resets_sent", "syn-ack 1s"},
     });
}

TEST_F(Matrix, rcv_data_syn_received_passive) {
  in(In::SynReceivedPassive, seg().no_ack().data(10),
     {
         {At::Left, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "syn-ack 1s"},
         {At::First, kNothing, "SYN-RECEIVED", kNothing, "dropped_no_ack", "syn-ack 1s"},
         {At::Second, kNothing, "SYN-RECEIVED", kNothing, "dropped_no_ack", "syn-ack 1s"},
         {At::Last, kNothing, "SYN-RECEIVED", kNothing, "dropped_no_ack", "syn-ack 1s"},
         {At::Right, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "syn-ack 1s"},
     });
}

TEST_F(Matrix, rcv_fin_syn_received_passive) {
  in(In::SynReceivedPassive, seg().no_ack().fin(),
     {
         {At::Left, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "syn-ack 1s"},
         {At::First, kNothing, "SYN-RECEIVED", kNothing, "dropped_no_ack", "syn-ack 1s"},
         {At::Second, kNothing, "SYN-RECEIVED", kNothing, "dropped_no_ack", "syn-ack 1s"},
         {At::Last, kNothing, "SYN-RECEIVED", kNothing, "dropped_no_ack", "syn-ack 1s"},
         {At::Right, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "syn-ack 1s"},
     });
}

TEST_F(Matrix, rcv_syn_syn_received_passive) {
  in(In::SynReceivedPassive, seg().syn().no_ack(),
     {
         {At::Left, "<SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK><MSS=1460>", "SYN-RECEIVED", kNothing, "answered_syn",
          "syn-ack 1s"},
         {At::First, kNothing, "LISTEN", kNothing, "processed", kNone},
         {At::Second, kNothing, "LISTEN", kNothing, "processed", kNone},
         {At::Last, kNothing, "LISTEN", kNothing, "processed", kNone},
         {At::Right, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "syn-ack 1s"},
     });
}

TEST_F(Matrix, rcv_syn_ack_syn_received_passive) {
  in(In::SynReceivedPassive, seg().syn(),
     {
         {At::Left, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "syn-ack 1s"},
         {At::First, kNothing, "LISTEN", kNothing, "processed", kNone},
         {At::Second, kNothing, "LISTEN", kNothing, "processed", kNone},
         {At::Last, kNothing, "LISTEN", kNothing, "processed", kNone},
         {At::Right, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "syn-ack 1s"},
     });
}

TEST_F(Matrix, rcv_syn_data_syn_received_passive) {
  in(In::SynReceivedPassive, seg().syn().no_ack().data(10),
     {
         {At::Left, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "syn-ack 1s"},
         {At::First, kNothing, "LISTEN", kNothing, "processed", kNone},
         {At::Second, kNothing, "LISTEN", kNothing, "processed", kNone},
         {At::Last, kNothing, "LISTEN", kNothing, "processed", kNone},
         {At::Right, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "syn-ack 1s"},
     });
}

TEST_F(Matrix, rcv_syn_fin_syn_received_passive) {
  in(In::SynReceivedPassive, seg().syn().no_ack().fin(),
     {
         {At::Left, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "syn-ack 1s"},
         {At::First, kNothing, "LISTEN", kNothing, "processed", kNone},
         {At::Second, kNothing, "LISTEN", kNothing, "processed", kNone},
         {At::Last, kNothing, "LISTEN", kNothing, "processed", kNone},
         {At::Right, kAck, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "syn-ack 1s"},
     });
}

TEST_F(Matrix, rcv_rst_syn_received_passive) {
  in(In::SynReceivedPassive, seg().rst().no_ack(),
     {
         {At::Left, kNothing, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "syn-ack 1s"},
         {At::First, kNothing, "LISTEN", kNothing, "processed resets_received", kNone},
         {At::Second, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "syn-ack 1s"},
         {At::Last, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "syn-ack 1s"},
         {At::Right, kNothing, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "syn-ack 1s"},
     });
}

TEST_F(Matrix, rcv_rst_ack_syn_received_passive) {
  in(In::SynReceivedPassive, seg().rst(),
     {
         {At::Left, kNothing, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "syn-ack 1s"},
         {At::First, kNothing, "LISTEN", kNothing, "processed resets_received", kNone},
         {At::Second, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "syn-ack 1s"},
         {At::Last, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "syn-ack 1s"},
         {At::Right, kNothing, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "syn-ack 1s"},
     });
}

TEST_F(Matrix, rcv_rst_data_syn_received_passive) {
  in(In::SynReceivedPassive, seg().rst().data(10),
     {
         {At::Left, kNothing, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "syn-ack 1s"},
         {At::First, kNothing, "LISTEN", kNothing, "processed resets_received", kNone},
         {At::Second, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "syn-ack 1s"},
         {At::Last, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "syn-ack 1s"},
         {At::Right, kNothing, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "syn-ack 1s"},
     });
}

TEST_F(Matrix, rcv_syn_rst_syn_received_passive) {
  in(In::SynReceivedPassive, seg().syn().rst().no_ack(),
     {
         {At::Left, kNothing, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "syn-ack 1s"},
         {At::First, kNothing, "LISTEN", kNothing, "processed resets_received", kNone},
         {At::Second, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "syn-ack 1s"},
         {At::Last, kAck, "SYN-RECEIVED", kNothing, "answered_challenge challenge_acks", "syn-ack 1s"},
         {At::Right, kNothing, "SYN-RECEIVED", kNothing, "dropped_not_acceptable", "syn-ack 1s"},
     });
}

}  // namespace
}  // namespace millrace::tcp::test
