// LISTEN (RFC 9293 3.10.7.2): first RST, second ACK, third SYN, fourth the rest. Text and FIN on a SYN are not kept:
// the SYN,ACK does not cover them, and the peer sends them again.
#include "matrix.h"

namespace millrace::tcp::test {
namespace {

TEST_F(Matrix, rcv_ack_listen) {
  in(In::Listen, seg(),
     {
         {At::Any, kRstAtAck, "LISTEN", kNothing, "answered_reset resets_sent", kNone},
     });
}

TEST_F(Matrix, rcv_ack_data_listen) {
  in(In::Listen, seg().data(10),
     {
         {At::Any, kRstAtAck, "LISTEN", kNothing, "answered_reset resets_sent", kNone},
     });
}

TEST_F(Matrix, rcv_ack_fin_listen) {
  in(In::Listen, seg().fin(),
     {
         {At::Any, kRstAtAck, "LISTEN", kNothing, "answered_reset resets_sent", kNone},
     });
}

TEST_F(Matrix, rcv_ack_data_fin_listen) {
  in(In::Listen, seg().data(10).fin(),
     {
         {At::Any, kRstAtAck, "LISTEN", kNothing, "answered_reset resets_sent", kNone},
     });
}

TEST_F(Matrix, rcv_ack_unsent_listen) {
  in(In::Listen, seg().data(10), "SND.NXT+1",
     {
         {At::Any, kRstAtAck, "LISTEN", kNothing, "answered_reset resets_sent", kNone},
     });
}

TEST_F(Matrix, rcv_ack_ancient_listen) {
  in(In::Listen, seg().data(10), "SND.UNA-MAX.SND.WND-1",
     {
         {At::Any, kRstAtAck, "LISTEN", kNothing, "answered_reset resets_sent", kNone},
     });
}

TEST_F(Matrix, rcv_data_listen) {
  in(In::Listen, seg().no_ack().data(10),
     {
         {At::Any, kNothing, "LISTEN", kNothing, "dropped_no_ack", kNone},
     });
}

TEST_F(Matrix, rcv_fin_listen) {
  in(In::Listen, seg().no_ack().fin(),
     {
         {At::Any, kNothing, "LISTEN", kNothing, "dropped_no_ack", kNone},
     });
}

TEST_F(Matrix, rcv_syn_listen) {
  in(In::Listen, seg().syn().no_ack(),
     {
         {At::Any, kSynAck, "SYN-RECEIVED", kNothing, "answered_syn", "syn-ack 1s"},
     });
}

TEST_F(Matrix, rcv_syn_ack_listen) {
  in(In::Listen, seg().syn(),
     {
         {At::Any, kRstAtAck, "LISTEN", kNothing, "answered_reset resets_sent", kNone},
     });
}

TEST_F(Matrix, rcv_syn_data_listen) {
  in(In::Listen, seg().syn().no_ack().data(10),
     {
         {At::Any, kSynAck, "SYN-RECEIVED", kNothing, "answered_syn", "syn-ack 1s"},
     });
}

TEST_F(Matrix, rcv_syn_fin_listen) {
  in(In::Listen, seg().syn().no_ack().fin(),
     {
         {At::Any, kSynAck, "SYN-RECEIVED", kNothing, "answered_syn", "syn-ack 1s"},
     });
}

TEST_F(Matrix, rcv_rst_listen) {
  in(In::Listen, seg().rst().no_ack(),
     {
         {At::Any, kNothing, "LISTEN", kNothing, "dropped_rst_to_nobody", kNone},
     });
}

TEST_F(Matrix, rcv_rst_ack_listen) {
  in(In::Listen, seg().rst(),
     {
         {At::Any, kNothing, "LISTEN", kNothing, "dropped_rst_to_nobody", kNone},
     });
}

TEST_F(Matrix, rcv_rst_data_listen) {
  in(In::Listen, seg().rst().data(10),
     {
         {At::Any, kNothing, "LISTEN", kNothing, "dropped_rst_to_nobody", kNone},
     });
}

TEST_F(Matrix, rcv_syn_rst_listen) {
  in(In::Listen, seg().syn().rst().no_ack(),
     {
         {At::Any, kNothing, "LISTEN", kNothing, "dropped_rst_to_nobody", kNone},
     });
}

}  // namespace
}  // namespace millrace::tcp::test
