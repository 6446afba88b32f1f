// Bytes between two connected ends.
#include <netinet/tcp.h>

#include "conformance/cases.h"

namespace millrace::conformance {
namespace {

void there_and_back(Script& s) {
  const Pair p = s.connected();
  s.write(p.c, "question");
  s.settle();
  s.ready(p.a);
  s.read(p.a, 100);
  s.write(p.a, "answer");
  s.settle();
  s.ready(p.c);
  s.read(p.c, 100);
}

void nothing_there(Script& s) {
  const Pair p = s.connected();
  s.read(p.c, 100);
  s.recv(p.a, 100, 0);
  s.recv(p.a, 100, MSG_DONTWAIT);
}

void in_parts(Script& s) {
  const Pair p = s.connected();
  s.write(p.c, "abcdefghij");
  s.settle();
  s.read(p.a, 4);
  s.ready(p.a);
  s.read(p.a, 4);
  s.read(p.a, 4);
  s.ready(p.a);
  s.read(p.a, 4);
}

void writes_join(Script& s) {
  const Pair p = s.connected();
  s.write(p.c, "one ");
  s.write(p.c, "two ");
  s.write(p.c, "three");
  s.acknowledged();
  s.read(p.a, 100);
}

void nothing_to_write(Script& s) {
  const Pair p = s.connected();
  s.write(p.c, "");
  s.send(p.c, "");
  s.settle();
  s.ready(p.a);
  s.read(p.a, 10);
}

void no_room_to_read(Script& s) {
  const Pair p = s.connected();
  s.read(p.a, 0);
  s.recv(p.a, 0, 0);
  s.write(p.c, "abc");
  s.settle();
  s.read(p.a, 0);
  s.recv(p.a, 0, MSG_PEEK);
  s.read(p.a, 10);
}

void no_room_to_read_at_the_end(Script& s) {
  const Pair p = s.connected();
  s.shutdown(p.c, SHUT_WR);
  s.settle();
  s.read(p.a, 0);
  s.read(p.a, 10);
}

void long_message(Script& s) {
  const Pair p = s.connected();
  s.write(p.c, std::string(20000, 'x'));
  s.settle();
  s.settle();
  s.recv(p.a, 30000, MSG_WAITALL);
  s.read(p.a, 10);
}

void fill_and_drain(Script& s) {
  const Pair p = s.narrow();
  s.fill(p.c);
  s.ready(p.c);
  s.send(p.c, std::string(4096, 'x'));
  s.drain(p.a);
  s.settle();
  s.ready(p.c);
  s.send(p.c, "x");
  s.settle();
  s.read(p.a, 10);
}

void a_byte_when_full(Script& s) {
  const Pair p = s.narrow();
  s.fill(p.c);
  s.send(p.c, "x");
  s.ready(p.c);
}

void fill_the_other_way(Script& s) {
  const int l = s.server("l");
  const int c = s.client();
  s.set(l, SOL_SOCKET, SO_SNDBUF, 32768);
  s.set(c, SOL_SOCKET, SO_RCVBUF, 32768);
  s.bind(l);
  s.listen(l);
  const Pair p = s.join(c, l);
  s.fill(p.a);
  s.ready(p.a);
  s.drain(p.c);
  s.settle();
  s.ready(p.a);
}

void more_than_fits(Script& s) {
  const Pair p = s.narrow();
  s.send_much(p.c, 5'000'000);
  s.settle();
  s.fill(p.c);
}

void full_then_the_reader_closes(Script& s) {
  const Pair p = s.narrow();
  s.fill(p.c);
  s.close(p.a);
  s.settle();
  s.ready(p.c);
  s.send(p.c, "x");
  s.send(p.c, "x");
}

void full_then_the_writer_ends(Script& s) {
  const Pair p = s.narrow();
  s.fill(p.c);
  s.shutdown(p.c, SHUT_WR);
  s.ready(p.c);
  s.drain(p.a);
  s.settle();
  s.read(p.a, 10);
}

void full_then_the_writer_closes(Script& s) {
  const Pair p = s.narrow();
  s.fill(p.c);
  s.close(p.c);
  s.drain(p.a);
  s.settle();
  s.read(p.a, 10);
  s.ready(p.a);
}

void both_ways_at_once(Script& s) {
  const Pair p = s.connected();
  s.write(p.c, "from c");
  s.write(p.a, "from a");
  s.settle();
  s.read(p.c, 100);
  s.read(p.a, 100);
}

void never_connected(Script& s) {
  const int c = s.client();
  s.read(c, 10);
  s.recv(c, 10, MSG_PEEK);
  s.send(c, "x");
  s.so_error(c);
  s.bind(c);
  s.read(c, 10);
  s.send(c, "x");
}

void address_of_sendto_is_ignored(Script& s) {
  const Pair p = s.connected();
  s.sendto(p.c, "to whom?", MSG_NOSIGNAL, s.any(1));
  s.settle();
  s.recvfrom(p.a, 100, 0);
}

void sendto_when_not_connected(Script& s) {
  const int l = s.listening();
  const int c = s.client();
  s.sendto(c, "x", MSG_NOSIGNAL, s.where(l));
}

void low_water_mark(Script& s) {
  const Pair p = s.connected();
  s.set(p.a, SOL_SOCKET, SO_RCVLOWAT, 5);
  s.write(p.c, "abc");
  s.settle();
  s.ready(p.a);
  s.read(p.a, 2);
  s.write(p.c, "defg");
  s.settle();
  s.ready(p.a);
  s.read(p.a, 100);
}

void low_water_mark_at_the_end(Script& s) {
  const Pair p = s.connected();
  s.set(p.a, SOL_SOCKET, SO_RCVLOWAT, 100);
  s.write(p.c, "abc");
  s.close(p.c);
  s.settle();
  s.ready(p.a);
  s.read(p.a, 100);
}

void corked(Script& s) {
  const Pair p = s.connected();
  s.set(p.c, IPPROTO_TCP, TCP_CORK, 1);
  s.write(p.c, "held");
  s.settle();
  s.read(p.a, 100);
  s.write(p.c, " back");
  s.set(p.c, IPPROTO_TCP, TCP_CORK, 0);
  s.settle();
  s.read(p.a, 100);
}

void cork_lets_go_after_200_ms(Script& s) {
  const Pair p = s.connected();
  s.set(p.c, IPPROTO_TCP, TCP_CORK, 1);
  s.write(p.c, "held");
  s.settle();
  s.ready(p.a);
  s.pass(400);
  s.read(p.a, 100);
}

void corked_then_closed(Script& s) {
  const Pair p = s.connected();
  s.set(p.c, IPPROTO_TCP, TCP_CORK, 1);
  s.write(p.c, "last words");
  s.close(p.c);
  s.settle();
  s.read(p.a, 100);
  s.read(p.a, 100);
}

void more_to_come(Script& s) {
  const Pair p = s.connected();
  s.send(p.c, "head ", MSG_MORE | MSG_NOSIGNAL);
  s.settle();
  s.read(p.a, 100);
  s.send(p.c, "tail");
  s.settle();
  s.read(p.a, 100);
}

void not_sent_low_water_mark(Script& s) {
  const Pair p = s.narrow();
  s.set(p.c, IPPROTO_TCP, TCP_NOTSENT_LOWAT, 1);
  s.ready(p.c);
  s.fill(p.c);
  s.ready(p.c);
  s.drain(p.a);
  s.settle();
  s.ready(p.c);
}

}  // namespace

std::vector<Case> send_receive_cases() {
  return {
      {"there_and_back", there_and_back, Versions::Both},
      {"nothing_there", nothing_there},
      {"in_parts", in_parts},
      {"writes_join", writes_join},
      {"nothing_to_write", nothing_to_write},
      {"no_room_to_read", no_room_to_read},
      {"no_room_to_read_at_the_end", no_room_to_read_at_the_end},
      {"long_message", long_message, Versions::Both},
      {"fill_and_drain", fill_and_drain, Versions::Both},
      {"a_byte_when_full", a_byte_when_full},
      {"fill_the_other_way", fill_the_other_way},
      {"more_than_fits", more_than_fits},
      {"full_then_the_reader_closes", full_then_the_reader_closes},
      {"full_then_the_writer_ends", full_then_the_writer_ends},
      {"full_then_the_writer_closes", full_then_the_writer_closes},
      {"both_ways_at_once", both_ways_at_once},
      {"never_connected", never_connected},
      {"address_of_sendto_is_ignored", address_of_sendto_is_ignored},
      {"sendto_when_not_connected", sendto_when_not_connected},
      {"low_water_mark", low_water_mark},
      {"low_water_mark_at_the_end", low_water_mark_at_the_end},
      {"corked", corked},
      {"cork_lets_go_after_200_ms", cork_lets_go_after_200_ms},
      {"corked_then_closed", corked_then_closed},
      {"more_to_come", more_to_come},
      {"not_sent_low_water_mark", not_sent_low_water_mark},
  };
}

}  // namespace millrace::conformance
