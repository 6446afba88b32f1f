// TIME-WAIT (RFC 9293 3.10.7.4; RFC 1337: no RST ends it; MAY-2: a SYN with a greater number opens anew). What is not
// empty at RCV.NXT is answered; the peer's FIN, come again, restarts the 2 MSL. One second of them has passed.
#include "matrix.h"

namespace millrace::tcp::test {
namespace {

TEST_F(Matrix, rcv_ack_time_wait) {
  in(In::TimeWait, seg(),
     {
         {At::Left, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::First, kNothing, "TIME-WAIT", kNothing, "dropped_time_wait", "2msl 59s"},
         {At::Second, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::Last, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::Right, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
     });
}

TEST_F(Matrix, rcv_ack_data_time_wait) {
  in(In::TimeWait, seg().data(10),
     {
         {At::Left, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::First, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::Second, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::Last, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::Right, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
     });
}

TEST_F(Matrix, rcv_ack_fin_time_wait) {
  in(In::TimeWait, seg().fin(),
     {
         {At::Left, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 60s"},
         {At::First, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::Second, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::Last, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::Right, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
     });
}

TEST_F(Matrix, rcv_ack_data_fin_time_wait) {
  in(In::TimeWait, seg().data(10).fin(),
     {
         {At::Left, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 60s"},
         {At::First, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::Second, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::Last, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::Right, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
     });
}

TEST_F(Matrix, rcv_ack_unsent_time_wait) {
  in(In::TimeWait, seg().data(10), "SND.NXT+1",
     {
         {At::First, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
     });
}

TEST_F(Matrix, rcv_ack_ancient_time_wait) {
  in(In::TimeWait, seg().data(10), "SND.UNA-MAX.SND.WND-1",
     {
         {At::First, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
     });
}

TEST_F(Matrix, rcv_data_time_wait) {
  in(In::TimeWait, seg().no_ack().data(10),
     {
         {At::Left, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::First, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::Second, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::Last, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::Right, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
     });
}

TEST_F(Matrix, rcv_fin_time_wait) {
  in(In::TimeWait, seg().no_ack().fin(),
     {
         {At::Left, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 60s"},
         {At::First, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::Second, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::Last, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::Right, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
     });
}

TEST_F(Matrix, rcv_syn_time_wait) {
  in(In::TimeWait, seg().syn().no_ack(),
     {
         {At::Left, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::First, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::Second, kSynAck, "SYN-RECEIVED", kNothing, "answered_syn", "syn-ack 1s"},
         {At::Last, kSynAck, "SYN-RECEIVED", kNothing, "answered_syn", "syn-ack 1s"},
         {At::Right, kSynAck, "SYN-RECEIVED", kNothing, "answered_syn", "syn-ack 1s"},
     });
}

TEST_F(Matrix, rcv_syn_ack_time_wait) {
  in(In::TimeWait, seg().syn(),
     {
         {At::Left, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::First, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::Second, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::Last, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::Right, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
     });
}

TEST_F(Matrix, rcv_syn_data_time_wait) {
  in(In::TimeWait, seg().syn().no_ack().data(10),
     {
         {At::Left, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::First, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::Second, kSynAck, "SYN-RECEIVED", kNothing, "answered_syn", "syn-ack 1s"},
         {At::Last, kSynAck, "SYN-RECEIVED", kNothing, "answered_syn", "syn-ack 1s"},
         {At::Right, kSynAck, "SYN-RECEIVED", kNothing, "answered_syn", "syn-ack 1s"},
     });
}

TEST_F(Matrix, rcv_syn_fin_time_wait) {
  in(In::TimeWait, seg().syn().no_ack().fin(),
     {
         {At::Left, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::First, kAck, "TIME-WAIT", kNothing, "answered_time_wait", "2msl 59s"},
         {At::Second, kSynAck, "SYN-RECEIVED", kNothing, "answered_syn", "syn-ack 1s"},
         {At::Last, kSynAck, "SYN-RECEIVED", kNothing, "answered_syn", "syn-ack 1s"},
         {At::Right, kSynAck, "SYN-RECEIVED", kNothing, "answered_syn", "syn-ack 1s"},
     });
}

TEST_F(Matrix, rcv_rst_time_wait) {
  in(In::TimeWait, seg().rst().no_ack(),
     {
         {At::Left, kNothing, "TIME-WAIT", kNothing, "dropped_time_wait", "2msl 59s"},
         {At::First, kNothing, "TIME-WAIT", kNothing, "dropped_time_wait", "2msl 59s"},
         {At::Second, kNothing, "TIME-WAIT", kNothing, "dropped_time_wait", "2msl 59s"},
         {At::Last, kNothing, "TIME-WAIT", kNothing, "dropped_time_wait", "2msl 59s"},
         {At::Right, kNothing, "TIME-WAIT", kNothing, "dropped_time_wait", "2msl 59s"},
     });
}

TEST_F(Matrix, rcv_rst_ack_time_wait) {
  in(In::TimeWait, seg().rst(),
     {
         {At::Left, kNothing, "TIME-WAIT", kNothing, "dropped_time_wait", "2msl 59s"},
         {At::First, kNothing, "TIME-WAIT", kNothing, "dropped_time_wait", "2msl 59s"},
         {At::Second, kNothing, "TIME-WAIT", kNothing, "dropped_time_wait", "2msl 59s"},
         {At::Last, kNothing, "TIME-WAIT", kNothing, "dropped_time_wait", "2msl 59s"},
         {At::Right, kNothing, "TIME-WAIT", kNothing, "dropped_time_wait", "2msl 59s"},
     });
}

TEST_F(Matrix, rcv_rst_data_time_wait) {
  in(In::TimeWait, seg().rst().data(10),
     {
         {At::Left, kNothing, "TIME-WAIT", kNothing, "dropped_time_wait", "2msl 59s"},
         {At::First, kNothing, "TIME-WAIT", kNothing, "dropped_time_wait", "2msl 59s"},
         {At::Second, kNothing, "TIME-WAIT", kNothing, "dropped_time_wait", "2msl 59s"},
         {At::Last, kNothing, "TIME-WAIT", kNothing, "dropped_time_wait", "2msl 59s"},
         {At::Right, kNothing, "TIME-WAIT", kNothing, "dropped_time_wait", "2msl 59s"},
     });
}

TEST_F(Matrix, rcv_syn_rst_time_wait) {
  in(In::TimeWait, seg().syn().rst().no_ack(),
     {
         {At::Left, kNothing, "TIME-WAIT", kNothing, "dropped_time_wait", "2msl 59s"},
         {At::First, kNothing, "TIME-WAIT", kNothing, "dropped_time_wait", "2msl 59s"},
         {At::Second, kNothing, "TIME-WAIT", kNothing, "dropped_time_wait", "2msl 59s"},
         {At::Last, kNothing, "TIME-WAIT", kNothing, "dropped_time_wait", "2msl 59s"},
         {At::Right, kNothing, "TIME-WAIT", kNothing, "dropped_time_wait", "2msl 59s"},
     });
}

}  // namespace
}  // namespace millrace::tcp::test
