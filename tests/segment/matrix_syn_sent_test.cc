// SYN-SENT (RFC 9293 3.10.7.3): first ACK, second RST, fourth SYN, fifth the rest. SEG.SEQ says nothing yet.
#include "matrix.h"

namespace millrace::tcp::test {
namespace {

TEST_F(Matrix, rcv_ack_syn_sent) {
  in(In::SynSent, seg(),
     {
         {At::Any, kNothing, "SYN-SENT", kNothing, "dropped_bad_handshake", "rexmit 1s user 180s"},
     });
  in(In::SynSent, seg(), "ISS",
     {
         {At::Any, kRstAtAck, "SYN-SENT", kNothing, "dropped_bad_handshake resets_sent", "rexmit 1s user 180s"},
     });
  in(In::SynSent, seg(), "SND.NXT+1",
     {
         {At::Any, kRstAtAck, "SYN-SENT", kNothing, "dropped_bad_handshake resets_sent", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_ack_data_syn_sent) {
  in(In::SynSent, seg().data(10),
     {
         {At::Any, kNothing, "SYN-SENT", kNothing, "dropped_bad_handshake", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_ack_fin_syn_sent) {
  in(In::SynSent, seg().fin(),
     {
         {At::Any, kNothing, "SYN-SENT", kNothing, "dropped_bad_handshake", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_ack_data_fin_syn_sent) {
  in(In::SynSent, seg().data(10).fin(),
     {
         {At::Any, kNothing, "SYN-SENT", kNothing, "dropped_bad_handshake", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_ack_unsent_syn_sent) {
  in(In::SynSent, seg().data(10), "SND.NXT+1",
     {
         {At::Any, kRstAtAck, "SYN-SENT", kNothing, "dropped_bad_handshake resets_sent", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_ack_ancient_syn_sent) {
  in(In::SynSent, seg().data(10), "SND.UNA-MAX.SND.WND-1",
     {
         {At::Any, kRstAtAck, "SYN-SENT", kNothing, "dropped_bad_handshake resets_sent", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_data_syn_sent) {
  in(In::SynSent, seg().no_ack().data(10),
     {
         {At::Any, kNothing, "SYN-SENT", kNothing, "dropped_bad_handshake", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_fin_syn_sent) {
  in(In::SynSent, seg().no_ack().fin(),
     {
         {At::Any, kNothing, "SYN-SENT", kNothing, "dropped_bad_handshake", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_syn_syn_sent) {
  in(In::SynSent, seg().syn().no_ack(),
     {
         {At::Any, kSynAck, "SYN-RECEIVED", kNothing, "processed", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_syn_ack_syn_sent) {
  in(In::SynSent, seg().syn(),
     {
         {At::Any, "<SEQ=SND.NXT><ACK=SEG.SEQ+1><CTL=ACK>", "ESTABLISHED", "Connected", "processed", kNone},
     });
  in(In::SynSent, seg().syn(), "ISS",
     {
         {At::Any, kRstAtAck, "SYN-SENT", kNothing, "dropped_bad_handshake resets_sent", "rexmit 1s user 180s"},
     });
  in(In::SynSent, seg().syn(), "SND.NXT+1",
     {
         {At::Any, kRstAtAck, "SYN-SENT", kNothing, "dropped_bad_handshake resets_sent", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_syn_data_syn_sent) {
  in(In::SynSent, seg().syn().no_ack().data(10),
     {
         {At::Any, kSynAck, "SYN-RECEIVED", kNothing, "processed", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_syn_fin_syn_sent) {
  in(In::SynSent, seg().syn().no_ack().fin(),
     {
         {At::Any, kSynAck, "SYN-RECEIVED", kNothing, "processed", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_rst_syn_sent) {
  in(In::SynSent, seg().rst().no_ack(),
     {
         {At::Any, kNothing, "SYN-SENT", kNothing, "dropped_reset", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_rst_ack_syn_sent) {
  in(In::SynSent, seg().rst(),
     {
         {At::Any, kNothing, "CLOSED", "Closed: refused by peer", "processed resets_received", kNone},
     });
  in(In::SynSent, seg().rst(), "ISS",
     {
         {At::Any, kNothing, "SYN-SENT", kNothing, "dropped_reset", "rexmit 1s user 180s"},
     });
  in(In::SynSent, seg().rst(), "SND.NXT+1",
     {
         {At::Any, kNothing, "SYN-SENT", kNothing, "dropped_reset", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_rst_data_syn_sent) {
  in(In::SynSent, seg().rst().data(10),
     {
         {At::Any, kNothing, "CLOSED", "Closed: refused by peer", "processed resets_received", kNone},
     });
  in(In::SynSent, seg().rst().data(10), "ISS",
     {
         {At::Any, kNothing, "SYN-SENT", kNothing, "dropped_reset", "rexmit 1s user 180s"},
     });
  in(In::SynSent, seg().rst().data(10), "SND.NXT+1",
     {
         {At::Any, kNothing, "SYN-SENT", kNothing, "dropped_reset", "rexmit 1s user 180s"},
     });
}

TEST_F(Matrix, rcv_syn_rst_syn_sent) {
  in(In::SynSent, seg().syn().rst().no_ack(),
     {
         {At::Any, kNothing, "SYN-SENT", kNothing, "dropped_reset", "rexmit 1s user 180s"},
     });
}

}  // namespace
}  // namespace millrace::tcp::test
