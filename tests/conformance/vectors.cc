// readv, writev, recvmsg, sendmsg, recvfrom.
#include "conformance/cases.h"

namespace millrace::conformance {
namespace {

void gather_and_scatter(Script& s) {
  const Pair p = s.connected();
  s.writev(p.c, {"one ", "", "two ", "three"});
  s.settle();
  s.readv(p.a, {2, 0, 3, 100});
}

void scatter_little(Script& s) {
  const Pair p = s.connected();
  s.write(p.c, "abc");
  s.settle();
  s.readv(p.a, {2, 2, 2});
  s.readv(p.a, {2, 2});
}

/// Pieces that lie over each other are filled and sent one after the other.
void overlapping(Script& s) {
  const Pair p = s.connected();
  char text[] = "abcdef";
  const iovec sent[] = {{text, 4}, {text + 2, 4}, {text, 6}};
  s.call("writev(c, pieces that overlap)", [&](const Calls& calls) { return calls.writev(p.c, sent, 3); });
  s.settle();
  char room[6] = {};
  const iovec received[] = {{room, 4}, {room + 2, 2}, {room, 1}};
  s.call("readv(a, pieces that overlap)", [&](const Calls& calls) { return calls.readv(p.a, received, 3); });
  s.call("the room holds \"ebcd\"", [&](const Calls&) -> ssize_t { return std::string_view{room, 4} == "ebcd"; });
  s.read(p.a, 100);
}

void nothing(Script& s) {
  const Pair p = s.connected();
  s.writev(p.c, {});
  s.writev(p.c, {"", ""});
  s.readv(p.a, {});
  s.readv(p.a, {0, 0});
  s.sendmsg(p.c, {}, MSG_NOSIGNAL);
  s.recvmsg(p.a, {}, 0);
}

void messages(Script& s) {
  const Pair p = s.connected();
  s.sendmsg(p.c, {"head", "+", "body"}, MSG_NOSIGNAL);
  s.settle();
  s.recvmsg(p.a, {4, 1, 100}, MSG_PEEK);
  s.recvmsg(p.a, {4, 1, 100}, 0, 64);
  s.recvmsg(p.a, {10}, 0);
}

void message_at_the_end(Script& s) {
  const Pair p = s.connected();
  s.close(p.c);
  s.settle();
  s.recvmsg(p.a, {10}, 0, 64);
  s.recvfrom(p.a, 10, 0);
}

void message_with_urgent_data(Script& s) {
  const Pair p = s.connected();
  s.send(p.c, "!", MSG_OOB | MSG_NOSIGNAL);
  s.settle();
  s.recvmsg(p.a, {10}, MSG_OOB);
}

void message_truncated(Script& s) {
  const Pair p = s.connected();
  s.write(p.c, "abcdef");
  s.settle();
  s.recvmsg(p.a, {3}, MSG_TRUNC);
  s.read(p.a, 10);
}

void from_whom(Script& s) {
  const Pair p = s.connected();
  s.write(p.c, "abc");
  s.settle();
  s.recvfrom(p.a, 2, MSG_PEEK);
  s.recvfrom(p.a, 2, 0);
  s.recvfrom(p.a, 10, 0);
  s.recvfrom(p.a, 10, 0);
}

void after_shutdown(Script& s) {
  const Pair p = s.connected();
  s.shutdown(p.c, SHUT_WR);
  s.writev(p.c, {"a", "b"});
  s.sendmsg(p.c, {"a", "b"}, MSG_NOSIGNAL);
}

void counts_out_of_range(Script& s) {
  const Pair p = s.connected();
  char byte = 'x';
  const std::vector<iovec> many(1025, iovec{&byte, 1});
  s.call("writev(c, -1 pieces)", [&](const Calls& calls) { return calls.writev(p.c, many.data(), -1); });
  s.call("writev(c, 1025 pieces)", [&](const Calls& calls) { return calls.writev(p.c, many.data(), 1025); });
  s.call("readv(c, -1 pieces)", [&](const Calls& calls) { return calls.readv(p.c, many.data(), -1); });
  s.call("readv(c, 1025 pieces)", [&](const Calls& calls) { return calls.readv(p.c, many.data(), 1025); });
  s.call("writev(c, 1024 pieces)", [&](const Calls& calls) { return calls.writev(p.c, many.data(), 1024); });
  s.call("sendmsg(c, 1025 pieces)", [&](const Calls& calls) {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(many.data());
    message.msg_iovlen = many.size();
    return calls.sendmsg(p.c, &message, MSG_NOSIGNAL);
  });
}

void lengths_out_of_range(Script& s) {
  const Pair p = s.connected();
  char byte = 'x';
  const iovec huge[] = {{&byte, static_cast<std::size_t>(-1)}};
  s.call("writev(c, a piece of -1)", [&](const Calls& calls) { return calls.writev(p.c, huge, 1); });
  s.call("readv(c, a piece of -1)", [&](const Calls& calls) { return calls.readv(p.c, huge, 1); });
}

void control_data_of_another_level(Script& s) {
  const Pair p = s.connected();
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))]{};
  char byte = 'x';
  iovec piece{&byte, 1};
  msghdr message{};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = 9999;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  s.call("sendmsg(c, control of SOL_SOCKET)",
         [&](const Calls& calls) { return calls.sendmsg(p.c, &message, MSG_NOSIGNAL); });
}

}  // namespace

std::vector<Case> vector_cases() {
  return {
      {"gather_and_scatter", gather_and_scatter, Versions::Both},
      {"scatter_little", scatter_little},
      {"overlapping", overlapping},
      {"nothing", nothing},
      {"messages", messages},
      {"message_at_the_end", message_at_the_end},
      {"message_with_urgent_data", message_with_urgent_data},
      {"message_truncated", message_truncated},
      {"from_whom", from_whom},
      {"after_shutdown", after_shutdown},
      {"counts_out_of_range", counts_out_of_range},
      {"lengths_out_of_range", lengths_out_of_range},
      {"control_data_of_another_level", control_data_of_another_level},
  };
}

}  // namespace millrace::conformance
