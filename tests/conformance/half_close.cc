// shutdown(): one direction ends, the other goes on.
#include "conformance/cases.h"

namespace millrace::conformance {
namespace {

void writer_ends(Script& s) {
  const Pair p = s.connected();
  s.write(p.c, "request");
  s.shutdown(p.c, SHUT_WR);
  s.ready(p.c);
  s.settle();
  s.ready(p.c);
  s.ready(p.a);
  s.read(p.a, 100);
  s.read(p.a, 100);
  s.send(p.a, "response");
  s.settle();
  s.ready(p.c);
  s.read(p.c, 100);
  s.close(p.a);
  s.settle();
  s.ready(p.c);
  s.read(p.c, 100);
}

void writing_after_the_end(Script& s) {
  const Pair p = s.connected();
  s.shutdown(p.c, SHUT_WR);
  s.send(p.c, "x");
  s.send(p.c, "");
  s.so_error(p.c);
  s.ready(p.c);
}

void both_writers_end(Script& s) {
  const Pair p = s.connected();
  s.shutdown(p.c, SHUT_WR);
  s.settle();
  s.shutdown(p.a, SHUT_WR);
  s.settle();
  s.ready(p.c);
  s.ready(p.a);
  s.read(p.c, 10);
  s.read(p.a, 10);
  s.send(p.c, "x");
  s.send(p.a, "x");
  s.getpeername(p.c);
  s.getpeername(p.a);
  s.so_error(p.c);
}

void reader_ends(Script& s) {
  const Pair p = s.connected();
  s.shutdown(p.c, SHUT_RD);
  s.ready(p.c);
  s.read(p.c, 10);
  s.settle();
  s.ready(p.a);
  s.send(p.c, "still writing");
  s.settle();
  s.read(p.a, 100);
}

void data_for_a_reader_who_ended(Script& s) {
  const Pair p = s.connected();
  s.shutdown(p.c, SHUT_RD);
  s.send(p.a, "unwanted");
  s.settle();
  s.ready(p.c);
  s.read(p.c, 100);
  s.read(p.c, 100);
  s.ready(p.a);
  s.send(p.a, "more");
}

void reader_ends_with_data_queued(Script& s) {
  const Pair p = s.connected();
  s.send(p.a, "queued");
  s.settle();
  s.shutdown(p.c, SHUT_RD);
  s.ready(p.c);
  s.read(p.c, 3);
  s.read(p.c, 100);
  s.read(p.c, 100);
}

void both_directions_end(Script& s) {
  const Pair p = s.connected();
  s.shutdown(p.c, SHUT_RDWR);
  s.ready(p.c);
  s.read(p.c, 10);
  s.send(p.c, "x");
  s.settle();
  s.ready(p.a);
  s.read(p.a, 10);
  s.send(p.a, "x");
  s.settle();
  s.ready(p.a);
}

void both_directions_one_by_one(Script& s) {
  const Pair p = s.connected();
  s.shutdown(p.c, SHUT_RD);
  s.ready(p.c);
  s.shutdown(p.c, SHUT_WR);
  s.ready(p.c);
  s.settle();
  s.read(p.a, 10);
}

void twice(Script& s) {
  const Pair p = s.connected();
  s.shutdown(p.c, SHUT_WR);
  s.shutdown(p.c, SHUT_WR);
  s.settle();
  s.shutdown(p.c, SHUT_WR);
  s.shutdown(p.c, SHUT_RD);
  s.shutdown(p.c, SHUT_RD);
}

void not_connected(Script& s) {
  const int c = s.client();
  s.shutdown(c, SHUT_RD);
  s.shutdown(c, SHUT_WR);
  s.shutdown(c, SHUT_RDWR);
  s.ready(c);
}

void unknown_direction(Script& s) {
  const Pair p = s.connected();
  s.shutdown(p.c, 3);
  s.shutdown(p.c, -1);
  s.shutdown(p.c, 99);
  s.send(p.c, "unharmed");
  s.settle();
  s.read(p.a, 10);
}

void after_the_peer_closed(Script& s) {
  const Pair p = s.connected();
  s.close(p.a);
  s.settle();
  s.ready(p.c);
  s.shutdown(p.c, SHUT_WR);
  s.settle();
  s.ready(p.c);
  s.read(p.c, 10);
  s.shutdown(p.c, SHUT_WR);
  s.shutdown(p.c, SHUT_RDWR);
}

void after_a_reset(Script& s) {
  const Pair p = s.connected();
  s.set_linger(p.a, 1, 0);
  s.close(p.a);
  s.settle();
  s.shutdown(p.c, SHUT_WR);
  s.shutdown(p.c, SHUT_RDWR);
}

void names_survive(Script& s) {
  const Pair p = s.connected();
  s.shutdown(p.c, SHUT_RDWR);
  s.settle();
  s.getsockname(p.c);
  s.getpeername(p.c);
  s.getpeername(p.a);
}

void accepted_side_ends(Script& s) {
  const Pair p = s.connected();
  s.shutdown(p.a, SHUT_WR);
  s.settle();
  s.ready(p.c);
  s.read(p.c, 10);
  s.send(p.c, "one way");
  s.settle();
  s.ready(p.a);
  s.read(p.a, 100);
  s.shutdown(p.c, SHUT_WR);
  s.settle();
  s.ready(p.a);
  s.read(p.a, 100);
}

void data_and_end_in_one(Script& s) {
  const Pair p = s.connected();
  s.write(p.c, "all of it");
  s.shutdown(p.c, SHUT_WR);
  s.settle();
  s.recv(p.a, 100, MSG_PEEK);
  s.ready(p.a);
  s.recv(p.a, 100, MSG_WAITALL);
  s.recv(p.a, 100, MSG_PEEK);
}

void write_crosses_the_end(Script& s) {
  const Pair p = s.connected();
  s.shutdown(p.c, SHUT_WR);
  s.send(p.a, "crossing");
  s.settle();
  s.read(p.c, 100);
  s.read(p.a, 100);
  s.send(p.a, "and more");
  s.settle();
  s.read(p.c, 100);
}

}  // namespace

std::vector<Case> half_close_cases() {
  return {
      {"writer_ends", writer_ends, Versions::Both},
      {"writing_after_the_end", writing_after_the_end},
      {"both_writers_end", both_writers_end, Versions::Both},
      {"reader_ends", reader_ends},
      {"data_for_a_reader_who_ended", data_for_a_reader_who_ended},
      {"reader_ends_with_data_queued", reader_ends_with_data_queued},
      {"both_directions_end", both_directions_end},
      {"both_directions_one_by_one", both_directions_one_by_one},
      {"twice", twice},
      {"not_connected", not_connected},
      {"unknown_direction", unknown_direction},
      {"after_the_peer_closed", after_the_peer_closed},
      {"after_a_reset", after_a_reset},
      {"names_survive", names_survive},
      {"accepted_side_ends", accepted_side_ends},
      {"data_and_end_in_one", data_and_end_in_one},
      {"write_crosses_the_end", write_crosses_the_end},
  };
}

}  // namespace millrace::conformance
