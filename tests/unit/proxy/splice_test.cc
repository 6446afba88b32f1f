// What happens to the two legs of a joined pair: bytes, ends, resets, back-pressure, in both directions and orders.
#include "bed.h"

namespace millrace::proxy {
namespace {

using api::CloseReason;

class SpliceTest : public Bed {
 protected:
  void SetUp() override {
    start();
    const Two two = joined();
    client = two.client;
    server = two.server;
  }
  /// The connection closes normally, as the stack reports it when both ends were exchanged.
  void closes(Id id) {
    shard.gone(id, CloseReason::Normal);
    turn();
  }
  Id client;
  Id server;
};

TEST_F(SpliceTest, MovesBytesBothWaysInOrder) {
  shard.sends(client, "hello ");
  shard.sends(server, "HTTP");
  turn();
  shard.sends(client, "world");
  turn();
  EXPECT_EQ(at(server).delivered, "hello world");
  EXPECT_EQ(at(client).delivered, "HTTP");
  EXPECT_EQ(count().bytes_to_upstream.get(), 11u);
  EXPECT_EQ(count().bytes_to_client.get(), 4u);
  EXPECT_EQ(count().active.get(), 1u);
}

TEST_F(SpliceTest, WaitsForRoomAndGoesOnWhenThereIsSome) {
  at(server).room = 4;
  shard.sends(client, "abcdefghij");
  turn();
  EXPECT_EQ(at(server).delivered, "abcd");
  EXPECT_EQ(at(client).receive_queue, "efghij") << "what has no room stays in the receive queue: the window closes";
  shard.acks(server, 3);
  turn();
  EXPECT_EQ(at(server).delivered, "abcdefg");
  shard.acks(server, 4);
  turn();
  EXPECT_EQ(at(server).delivered, "abcdefghij");
  EXPECT_EQ(count().bytes_to_upstream.get(), 10u);
}

TEST_F(SpliceTest, BackPressureTowardsTheClient) {
  at(client).room = 2;
  shard.sends(server, "abc");
  turn();
  EXPECT_EQ(at(client).delivered, "ab");
  shard.acks(client, 1);
  turn();
  EXPECT_EQ(at(client).delivered, "abc");
  EXPECT_EQ(count().bytes_to_client.get(), 3u);
}

TEST_F(SpliceTest, ClientHalfClosesFirst) {
  shard.sends(client, "request");
  shard.fin(client);
  turn();
  EXPECT_EQ(at(server).delivered, "request");
  EXPECT_EQ(at(server).shutdowns, 1);
  EXPECT_EQ(at(client).shutdowns, 0) << "the answer is still to come";
  shard.sends(server, "response");
  turn();
  EXPECT_EQ(at(client).delivered, "response");
  shard.fin(server);
  turn();
  EXPECT_EQ(at(client).shutdowns, 1);
  EXPECT_EQ(count().active.get(), 1u);
  closes(server);
  EXPECT_EQ(count().active.get(), 1u) << "the client has not acknowledged our FIN yet";
  closes(client);
  EXPECT_EQ(ended(PairEnd::Finished), 1u);
  EXPECT_EQ(count().active.get(), 0u);
  EXPECT_EQ(at(client).aborts + at(client).aborts_after_data + at(server).aborts + at(server).aborts_after_data, 0);
}

TEST_F(SpliceTest, ServerHalfClosesFirst) {
  shard.sends(server, "banner");
  shard.fin(server);
  turn();
  EXPECT_EQ(at(client).delivered, "banner");
  EXPECT_EQ(at(client).shutdowns, 1);
  EXPECT_EQ(at(server).shutdowns, 0);
  shard.sends(client, "bye");
  shard.fin(client);
  turn();
  EXPECT_EQ(at(server).delivered, "bye");
  EXPECT_EQ(at(server).shutdowns, 1);
  closes(client);
  EXPECT_EQ(ended(PairEnd::Finished), 0u);
  closes(server);
  EXPECT_EQ(ended(PairEnd::Finished), 1u);
}

TEST_F(SpliceTest, TheEndWaitsForTheLastByte) {
  at(server).room = 3;
  shard.sends(client, "abcdef");
  shard.fin(client);
  turn();
  EXPECT_EQ(at(server).shutdowns, 0);
  shard.acks(server, 2);
  turn();
  EXPECT_EQ(at(server).shutdowns, 0);
  shard.acks(server, 3);
  turn();
  EXPECT_EQ(at(server).delivered, "abcdef");
  EXPECT_EQ(at(server).shutdowns, 1);
}

TEST_F(SpliceTest, AnEndIsPassedOnOnce) {
  shard.fin(client);
  shard.record(api::EventKind::Readable, client);
  turn();
  shard.record(api::EventKind::PeerClosed, client);
  turn();
  EXPECT_EQ(at(server).shutdowns, 1);
}

TEST_F(SpliceTest, EverythingInOneBurst) {
  shard.sends(client, "q");
  shard.fin(client);
  shard.sends(server, "a");
  shard.fin(server);
  shard.gone(server, CloseReason::Normal);
  shard.gone(client, CloseReason::Normal);
  turn();
  EXPECT_EQ(at(server).delivered, "q");
  EXPECT_EQ(at(client).delivered, "a");
  EXPECT_EQ(at(server).shutdowns, 1);
  EXPECT_EQ(at(client).shutdowns, 1);
  EXPECT_EQ(ended(PairEnd::Finished), 1u);
}

TEST_F(SpliceTest, ClientResetFollowsItsData) {
  shard.sends(client, "last words");
  shard.gone(client, CloseReason::ResetByPeer);
  turn();
  EXPECT_EQ(at(server).delivered, "last words");
  EXPECT_EQ(at(server).aborts_after_data, 1);
  EXPECT_EQ(at(server).aborts, 0);
  EXPECT_EQ(ended(PairEnd::ClientReset), 1u);
  EXPECT_EQ(count().active.get(), 0u);
}

TEST_F(SpliceTest, ServerResetFollowsItsData) {
  shard.sends(server, "partial");
  shard.gone(server, CloseReason::ResetByPeer);
  turn();
  EXPECT_EQ(at(client).delivered, "partial");
  EXPECT_EQ(at(client).aborts_after_data, 1);
  EXPECT_EQ(ended(PairEnd::UpstreamReset), 1u);
}

TEST_F(SpliceTest, ResetMovesWhatStillWaits) {
  at(server).room = 2;
  shard.sends(client, "abcd");
  turn();
  at(server).acked = 1;  // room that no Writable has announced yet
  shard.gone(client, CloseReason::ResetByPeer);
  turn();
  EXPECT_EQ(at(server).delivered, "abc");
  EXPECT_EQ(at(server).aborts_after_data, 1) << "one byte found no room: the reset tells the server";
}

TEST_F(SpliceTest, ResetAfterHalfClose) {
  shard.fin(client);
  turn();
  shard.gone(client, CloseReason::ResetByPeer);
  turn();
  EXPECT_EQ(at(server).aborts_after_data, 1);
  EXPECT_EQ(ended(PairEnd::ClientReset), 1u);
}

TEST_F(SpliceTest, ResetOfTheSecondLegAfterTheFirstHasClosed) {
  shard.fin(client);
  shard.fin(server);
  turn();
  closes(client);
  shard.gone(server, CloseReason::ResetByPeer);
  turn();
  EXPECT_EQ(ended(PairEnd::UpstreamReset), 1u);
  EXPECT_EQ(at(client).aborts_after_data, 0);
}

TEST_F(SpliceTest, ALegThatStoppedAnsweringIsCountedApart) {
  shard.gone(client, CloseReason::RetransmitTimeout);
  turn();
  EXPECT_EQ(ended(PairEnd::ClientLost), 1u);
  EXPECT_EQ(at(server).aborts_after_data, 1);
  const Two second = joined();
  shard.gone(second.server, CloseReason::KeepaliveTimeout);
  turn();
  EXPECT_EQ(ended(PairEnd::UpstreamLost), 1u);
  EXPECT_EQ(at(second.client).aborts_after_data, 1);
}

TEST_F(SpliceTest, UndeliveredBytesNeverVanishInSilence) {
  at(client).room = 1;
  shard.fin(client);
  shard.sends(server, "abc");
  shard.fin(server);
  turn();
  closes(server);  // a stack that reports Closed although bytes are unread
  EXPECT_EQ(at(client).delivered, "a");
  EXPECT_EQ(at(client).shutdowns, 0);
  EXPECT_EQ(at(client).aborts_after_data, 1);
  EXPECT_EQ(ended(PairEnd::Truncated), 1u);
}

TEST_F(SpliceTest, NormalCloseWithoutOurEndIsATruncation) {
  shard.fin(server);
  turn();
  closes(server);  // both ends cannot have been exchanged: the client's was never passed on
  EXPECT_EQ(at(client).aborts_after_data, 1);
  EXPECT_EQ(ended(PairEnd::Truncated), 1u);
}

TEST_F(SpliceTest, BothResetInOneBurst) {
  shard.gone(client, CloseReason::ResetByPeer);
  shard.gone(server, CloseReason::ResetByPeer);
  turn();
  EXPECT_EQ(ended(PairEnd::ClientReset), 1u);
  EXPECT_EQ(ended(PairEnd::UpstreamReset), 0u);
  EXPECT_EQ(count().stale_events.get(), 1u);
}

TEST_F(SpliceTest, ServerCountsWhatIsJoined) {
  EXPECT_EQ(this->Bed::server(0).active.get(), 1u);
  EXPECT_EQ(this->Bed::server(0).connections.get(), 1u);
  shard.gone(client, CloseReason::ResetByPeer);
  turn();
  EXPECT_EQ(this->Bed::server(0).active.get(), 0u);
  EXPECT_EQ(this->Bed::server(0).connections.get(), 1u);
  EXPECT_EQ(this->Bed::server(0).failures.get(), 0u);
}

}  // namespace
}  // namespace millrace::proxy
