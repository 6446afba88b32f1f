// CLOSED (RFC 9293 3.10.7.1): nobody there. Whatever is no RST is answered by one that the sender believes.
#include "matrix.h"

namespace millrace::tcp::test {
namespace {

TEST_F(Matrix, rcv_ack_closed) {
  in(In::Closed, seg(),
     {
         {At::Any, kRstAtAck, "CLOSED", kNothing, "answered_reset resets_sent", kNone},
     });
}

TEST_F(Matrix, rcv_ack_data_closed) {
  in(In::Closed, seg().data(10),
     {
         {At::Any, kRstAtAck, "CLOSED", kNothing, "answered_reset resets_sent", kNone},
     });
}

TEST_F(Matrix, rcv_ack_fin_closed) {
  in(In::Closed, seg().fin(),
     {
         {At::Any, kRstAtAck, "CLOSED", kNothing, "answered_reset resets_sent", kNone},
     });
}

TEST_F(Matrix, rcv_ack_data_fin_closed) {
  in(In::Closed, seg().data(10).fin(),
     {
         {At::Any, kRstAtAck, "CLOSED", kNothing, "answered_reset resets_sent", kNone},
     });
}

TEST_F(Matrix, rcv_ack_unsent_closed) {
  in(In::Closed, seg().data(10), "SND.NXT+1",
     {
         {At::Any, kRstAtAck, "CLOSED", kNothing, "answered_reset resets_sent", kNone},
     });
}

TEST_F(Matrix, rcv_ack_ancient_closed) {
  in(In::Closed, seg().data(10), "SND.UNA-MAX.SND.WND-1",
     {
         {At::Any, kRstAtAck, "CLOSED", kNothing, "answered_reset resets_sent", kNone},
     });
}

TEST_F(Matrix, rcv_data_closed) {
  in(In::Closed, seg().no_ack().data(10),
     {
         {At::Any, kRstAck, "CLOSED", kNothing, "answered_reset resets_sent", kNone},
     });
}

TEST_F(Matrix, rcv_fin_closed) {
  in(In::Closed, seg().no_ack().fin(),
     {
         {At::Any, kRstAck, "CLOSED", kNothing, "answered_reset resets_sent", kNone},
     });
}

TEST_F(Matrix, rcv_syn_closed) {
  in(In::Closed, seg().syn().no_ack(),
     {
         {At::Any, kRstAck, "CLOSED", kNothing, "answered_reset resets_sent", kNone},
     });
}

TEST_F(Matrix, rcv_syn_ack_closed) {
  in(In::Closed, seg().syn(),
     {
         {At::Any, kRstAtAck, "CLOSED", kNothing, "answered_reset resets_sent", kNone},
     });
}

TEST_F(Matrix, rcv_syn_data_closed) {
  in(In::Closed, seg().syn().no_ack().data(10),
     {
         {At::Any, kRstAck, "CLOSED", kNothing, "answered_reset resets_sent", kNone},
     });
}

TEST_F(Matrix, rcv_syn_fin_closed) {
  in(In::Closed, seg().syn().no_ack().fin(),
     {
         {At::Any, kRstAck, "CLOSED", kNothing, "answered_reset resets_sent", kNone},
     });
}

TEST_F(Matrix, rcv_rst_closed) {
  in(In::Closed, seg().rst().no_ack(),
     {
         {At::Any, kNothing, "CLOSED", kNothing, "dropped_rst_to_nobody", kNone},
     });
}

TEST_F(Matrix, rcv_rst_ack_closed) {
  in(In::Closed, seg().rst(),
     {
         {At::Any, kNothing, "CLOSED", kNothing, "dropped_rst_to_nobody", kNone},
     });
}

TEST_F(Matrix, rcv_rst_data_closed) {
  in(In::Closed, seg().rst().data(10),
     {
         {At::Any, kNothing, "CLOSED", kNothing, "dropped_rst_to_nobody", kNone},
     });
}

TEST_F(Matrix, rcv_syn_rst_closed) {
  in(In::Closed, seg().syn().rst().no_ack(),
     {
         {At::Any, kNothing, "CLOSED", kNothing, "dropped_rst_to_nobody", kNone},
     });
}

}  // namespace
}  // namespace millrace::tcp::test
