#include "scene.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "count.h"

namespace millrace::bench {
namespace {

constexpr Time kStart = time_from_ns(1'000'000'000'000);

api::BareStackSettings settings(std::uint8_t host) {
  api::BareStackSettings settings;
  settings.addresses = {{wire::IpAddress::v4(0x0a000000u + host), 24}};
  settings.connections = 4096;
  settings.packets = 16'384;
  settings.seed = host;
  settings.start = kStart;
  return settings;
}

}  // namespace

api::BareStackSettings tested_settings() { return settings(1); }
api::BareStackSettings peer_settings() { return settings(2); }

proxy::ProxySettings proxy_settings(std::uint16_t port, std::uint16_t server_port) {
  proxy::UpstreamSettings upstream;
  upstream.name = "peer";
  upstream.servers = {peer_endpoint(server_port)};
  upstream.health_interval = Duration{0};
  proxy::ProxySettings settings;
  settings.listeners = {{.address = tested_endpoint(port), .upstream = 0}};
  settings.upstreams = {upstream};
  return settings;
}

Scene::Scene(const api::BareStackSettings& tested_stack, api::AppRef tested_app,
             const api::BareStackSettings& peer_stack, api::AppRef peer_app)
    : tested(tested_stack, tested_app), peer(peer_stack, peer_app), now_(kStart) {
  meet();
}

/// A connection to a port where nobody listens: who is refused knows the other's MAC, and is known.
void Scene::meet() {
  constexpr std::uint16_t kNobody = 1;
  if (!peer.shard().connect(tested_endpoint(kNobody))) fail("the peer cannot connect");
  settle();
}

bool Scene::step() {
  const std::size_t sent = peer_turn() + tested_turn();
  return sent > 0;
}

std::size_t Scene::peer_turn() {
  while (peer.advance(now_)) {
  }
  now_ += kHop;
  return peer.output([&](std::span<const std::byte> frame) {
    if (!tested.input(frame)) fail("the tested stack lost a frame");
  });
}

std::size_t Scene::tested_turn() {
  const auto due = tested.next_deadline();
  if (due && *due <= now_) {
    const Counted counted;
    while (tested.advance(now_)) {
    }
  }
  now_ += kHop;
  return tested.output([&](std::span<const std::byte> frame) {
    on_sent(frame);
    if (peer_hears && !peer.input(frame)) fail("the peer lost a frame");
  });
}

void Scene::settle() {
  while (step()) {
  }
}

void Scene::run_for(Duration span) {
  const Time end = now_ + span;
  settle();
  while (now_ < end) {
    now_ = std::clamp(earlier(tested.next_deadline(), peer.next_deadline()).value_or(end), now_, end);
    settle();
  }
}

void fail(const char* what) {
  std::fprintf(stderr, "bench-instr: %s\n", what);
  std::exit(1);
}

}  // namespace millrace::bench
