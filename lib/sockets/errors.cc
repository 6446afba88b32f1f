// The table of reasons, as Linux words them (tcp_reset, tcp_write_err, icmp_err_convert).
#include "sockets/errors.h"

#include <cerrno>

#include "sockets/socket.h"

namespace millrace::sockets {

int errno_of_end(const Socket& socket, api::CloseReason reason) noexcept {
  switch (reason) {
    case api::CloseReason::None:
    case api::CloseReason::Normal:
      return 0;
    case api::CloseReason::Refused:
      return ECONNREFUSED;
    case api::CloseReason::ResetByPeer:
      return socket.peer_finished && (socket.shut & kShutSend) == 0 ? EPIPE : ECONNRESET;  // Linux: in CLOSE-WAIT
    case api::CloseReason::ConnectTimeout:
    case api::CloseReason::RetransmitTimeout:
    case api::CloseReason::KeepaliveTimeout:
      return socket.soft_error != 0 ? socket.soft_error : ETIMEDOUT;  // it explains the silence
    case api::CloseReason::Unreachable:
      return socket.soft_error != 0 ? socket.soft_error : EHOSTUNREACH;
    case api::CloseReason::Aborted:
    case api::CloseReason::LocalReset:
    case api::CloseReason::FinWait2Timeout:
    case api::CloseReason::LingerTimeout:
    case api::CloseReason::OrphanLimit:
      return ECONNABORTED;
  }
  return ECONNABORTED;
}

int errno_of(api::SoftError error) noexcept {
  switch (error) {
    case api::SoftError::HostUnreachable:
    case api::SoftError::TimeExceeded:
      return EHOSTUNREACH;
    case api::SoftError::ProtocolUnreachable:
      return ENOPROTOOPT;
    case api::SoftError::PortUnreachable:
      return ECONNREFUSED;
    case api::SoftError::ParameterProblem:
      return EPROTO;
    case api::SoftError::None:
    case api::SoftError::Retransmitting:
      return 0;
  }
  return 0;
}

int errno_of(api::Error error) noexcept {
  switch (error) {
    case api::Error::NotConnected:
      return ENOTCONN;
    case api::Error::NoRoute:
    case api::Error::InvalidAddress:
      return ENETUNREACH;
    case api::Error::NoPortsLeft:
      return EADDRNOTAVAIL;
    case api::Error::TableFull:
    case api::Error::InboxFull:
      return ENOBUFS;
    case api::Error::AddressInUse:
      return EADDRINUSE;
    case api::Error::NotThisWorker:
      return EAGAIN;
  }
  return EINVAL;
}

}  // namespace millrace::sockets
