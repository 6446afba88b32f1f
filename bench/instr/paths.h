// The canonical paths. Each sets up its scene, warms it up, counts, and checks that what it counts has happened.
#pragma once

namespace millrace::bench {

/// instr.request: a request of a byte and its answer on an established connection, by the echo service; 32 of 64
/// connections have one in each turn.
void count_request();
/// instr.idle_turn: a turn of a worker with 64 established connections that finds nothing to do.
void count_idle_turn();
/// instr.connection: a connection of a client: handshake, 64 bytes each way, this side closes first; its TIME-WAIT
/// until it ends. 32 in each turn.
void count_connection();
/// instr.proxied_connection: the same through the proxy, where the server closes first: both connections of a pair.
void count_proxied_connection();
/// instr.proxied_segment: a full segment through the proxy: from the server, to the client, and the ACKs of both.
void count_proxied_segment();
/// instr.bulk_segment: a full segment of a bulk transfer from here, and its share of the ACKs that come back.
void count_bulk_segment();
/// instr.pure_ack: an ACK without text for a segment that was outstanding, on 64 connections in each turn.
void count_pure_ack();
/// instr.syn_cookie: a SYN that is answered by a cookie.
void count_syn_cookie();

}  // namespace millrace::bench
