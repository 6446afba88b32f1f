// A minimal HTTP/1.1 responder: every request gets the same body. Keep-alive, pipelining, HEAD and request bodies.
//
// A request that lies in one piece in the receive queue is parsed in place; one that is split is gathered first, up to
// kMaxHead bytes. The next request is looked at only when the answer to the last one is in the send queue as a whole,
// so a peer that does not read holds nothing but its own queues.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/shard.h"
#include "http_request.h"

namespace millrace::echo {

class Http {
 public:
  explicit Http(std::size_t body_size);
  void on_event(api::Connection connection, const api::Event& event);

 private:
  /// Per connection; small, because most connections wait.
  struct Exchange {
    std::string head;                ///< the gathered part of a split head
    std::string_view answer;         ///< what is still to be sent of the current answer
    std::uint64_t body_to_skip = 0;  ///< of the request's body
    bool close_after = false;        ///< the current answer is the last one
  };

  [[nodiscard]] bool send_answer(api::Connection connection, Exchange& exchange);
  [[nodiscard]] bool skip_body(api::Connection connection, Exchange& exchange);
  [[nodiscard]] bool next_request(api::Connection connection, Exchange& exchange);
  void begin_answer(std::string_view head, Exchange& exchange);
  void refuse(HttpStatus status, Exchange& exchange);

  std::string keep_alive_answer_;
  std::string closing_answer_;
  std::size_t body_size_;
  std::vector<Exchange> exchanges_;  ///< by connection index
};

}  // namespace millrace::echo
