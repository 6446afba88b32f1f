#!/usr/bin/env bash
# Shows millrace-proxy at work, from a fresh clone, without hugepages or a special NIC: it joins two network namespaces,
# nginx in one, ordinary clients in the other. Needs root. Ends with "demo: OK".
#
#   demo.sh [--ipv6] [--build DIR]      --ipv6: all of it over IPv6; DIR: programs that are built already
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=lib.sh
source "$(dirname "$0")/lib.sh"

tag=mrd$$
client_ns=$tag-client server_ns=$tag-server
client_if=${tag}c server_if=${tag}s
build=$root_dir/build-demo
work=""
proxy_pid="" current_pid="" helper_pids=()
size_mib=100 short_connections=2000
client_ip=10.1.0.2 proxy_client_ip=10.1.0.1 proxy_server_ip=10.2.0.1 server_ip=10.2.0.2 length=24

step() { printf '\n== %s\n' "$*"; }
tell() { printf '   %s\n' "$*"; }
in_client() { ip netns exec "$client_ns" "$@"; }
in_server() { ip netns exec "$server_ns" "$@"; }

use_ipv6() {
  client_ip=2001:db8:1::2 proxy_client_ip=2001:db8:1::1 proxy_server_ip=2001:db8:2::1 server_ip=2001:db8:2::2 length=64
}
# in_brackets ADDRESS: as URLs have it.
in_brackets() { if [[ $1 == *:* ]]; then echo "[$1]"; else echo "$1"; fi; }
url() { echo "http://$(in_brackets "$proxy_client_ip")/$1"; }

# Whatever happens: only our own processes by their ids, our own namespaces, our own directory.
cleanup() {
  local code=$?
  trap - EXIT INT TERM
  if [[ $code -ne 0 && -s $work/proxy.log ]]; then
    echo "--- the proxy's last lines" >&2
    tail -n 20 "$work/proxy.log" >&2
  fi
  end_process "$proxy_pid"
  end_process "$current_pid"
  for pid in "${helper_pids[@]}"; do end_process "$pid"; done
  ip netns del "$client_ns" 2>/dev/null || true
  ip netns del "$server_ns" 2>/dev/null || true
  if [[ -n $work ]]; then rm -rf "$work"; fi
  if [[ $code -ne 0 ]]; then echo "demo: FAILED" >&2; fi
  exit "$code"
}

# end_process PID: SIGTERM, then SIGKILL after ten seconds.
end_process() {
  [[ -n $1 ]] && kill -TERM "$1" 2>/dev/null || return 0
  for _ in $(seq 100); do
    kill -0 "$1" 2>/dev/null || break
    sleep 0.1
  done
  kill -KILL "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || true
}

# with_progress TEXT LOG COMMAND...: runs it in the background and shows its log's progress meanwhile.
with_progress() {
  local text=$1 log=$2 seconds=0 pid state
  shift 2
  "$@" &
  pid=$!
  current_pid=$pid
  while kill -0 "$pid" 2>/dev/null; do
    sleep 1
    seconds=$((seconds + 1))
    if [[ $((seconds % 10)) -eq 0 ]]; then
      state=$(grep -oE '^\[[0-9]+/[0-9]+\]' "$log" 2>/dev/null | tail -n 1 || true)
      tell "$text: $seconds s $state"
    fi
  done
  current_pid=""
  wait "$pid"
}

prepare() {
  step "Prepare: packages, and the programs in release mode"
  "$root_dir/scripts/setup.sh"
  if [[ ! -x $build/apps/millrace-proxy/millrace-proxy || $build == "$root_dir/build-demo" ]]; then
    with_progress "building" "$build.log" build_release "$build"
  fi
  work=$(mktemp -d /tmp/millrace-demo.XXXXXX)
  chmod 755 "$work"
  head -c $((size_mib << 20)) /dev/urandom >"$work/large"
  tell "ready; everything temporary is in $work"
}

start_servers() {
  step "Two namespaces: $client_ns with the clients, $server_ns with nginx and iperf3"
  for ns in "$client_ns" "$server_ns"; do
    ip netns add "$ns"
    # Nobody else is on these wires: Linux need not look for duplicates of its addresses.
    ip netns exec "$ns" sysctl -qw net.ipv6.conf.default.accept_dad=0
    ip -n "$ns" link set lo up
  done
  # The servers' address comes with the proxy's wire.
  in_server sysctl -qw net.ipv4.ip_nonlocal_bind=1 net.ipv6.ip_nonlocal_bind=1
  mkdir -p "$work/html"
  echo "Hello from nginx, through Millrace." >"$work/html/index.html"
  cp "$work/large" "$work/html/large"
  cat >"$work/nginx.conf" <<CONF
user root;
daemon off;
worker_processes 1;
pid $work/nginx.pid;
error_log $work/nginx-error.log;
events { worker_connections 4096; }
http {
  access_log off;
  sendfile on;
  client_max_body_size 0;
  client_body_temp_path $work/body;
  proxy_temp_path $work/proxy;
  fastcgi_temp_path $work/fastcgi;
  uwsgi_temp_path $work/uwsgi;
  scgi_temp_path $work/scgi;
  server {
    listen $(in_brackets "$server_ip"):8080 backlog=4096;
    root $work/html;
    dav_methods PUT;
  }
}
CONF
  # Without in_server: a function in the background is a shell, and ending that would leave its child alive.
  ip netns exec "$server_ns" nginx -p "$work" -c "$work/nginx.conf" -e "$work/nginx-error.log" &
  helper_pids+=($!)
  ip netns exec "$server_ns" iperf3 -s -p 5201 >"$work/iperf3.log" 2>&1 &
  helper_pids+=($!)
  tell "nginx is process ${helper_pids[-2]}, iperf3 ${helper_pids[-1]}; no service of this machine is touched"
}

# write_config [CAPTURE]
write_config() {
  local capture=""
  if [[ -n ${1:-} ]]; then capture="capture = \"$1\""; fi
  cat <<CONF
[runtime]
workers = 1
hugepages = "off"
file_prefix = "$tag"
[[port]]
name = "client"
device = "net_tap0,iface=$client_if"
addresses = ["$proxy_client_ip/$length"]
$capture
[[port]]
name = "server"
device = "net_tap1,iface=$server_if"
addresses = ["$proxy_server_ip/$length"]
[[listener]]
address = "$proxy_client_ip"
port = 80
upstream = "web"
[[listener]]
address = "$proxy_client_ip"
port = 5201
upstream = "iperf"
[[upstream]]
name = "web"
servers = ["$(in_brackets "$server_ip"):8080"]
connect_timeout = "3s"
health_interval = "2s"
[[upstream]]
name = "iperf"
servers = ["$(in_brackets "$server_ip"):5201"]
connect_timeout = "3s"
[timeouts]
idle = "5m"
drain = "5s"
CONF
}

is_serving() {
  kill -0 "$proxy_pid" 2>/dev/null || die "the proxy ended at its start"
  grep -q '^ready:' "$work/proxy.log" && ip link show "$client_if" >/dev/null 2>&1 && ip link show "$server_if" >/dev/null 2>&1
}

page_comes() { [[ $(in_client curl -s --max-time 2 "$(url "")" 2>/dev/null) == Hello* ]]; }

# start_proxy [CAPTURE]
start_proxy() {
  write_config "${1:-}" >"$work/proxy.toml"
  : >"$work/proxy.log"
  "$build/apps/millrace-proxy/millrace-proxy" -c "$work/proxy.toml" >"$work/proxy.log" 2>&1 &
  proxy_pid=$!
  await 60 "the proxy is ready" is_serving
  adopt_tap "$client_if" "$client_ns" 02:4d:52:00:00:01 "$client_ip/$length"
  adopt_tap "$server_if" "$server_ns" 02:4d:52:00:00:02 "$server_ip/$length"
  await 30 "a first page through the proxy" page_comes
  tell "$(grep -m 1 '^ready:' "$work/proxy.log")"
}

stop_proxy() {
  local code=0
  kill -TERM "$proxy_pid"
  wait "$proxy_pid" || code=$?
  proxy_pid=""
  [[ $code -eq 0 ]] || die "the proxy ended with exit code $code"
}

show_page() {
  step "A page by curl: client $client_ip -> proxy $(in_brackets "$proxy_client_ip"):80," \
    "proxy $proxy_server_ip -> nginx $(in_brackets "$server_ip"):8080"
  local page
  page=$(in_client curl -sS --fail --max-time 10 "$(url "")") || die "curl got no page"
  tell "$page"
}

show_capture() {
  local text
  step "The same page as packets: captured by the proxy's own port, read back by tcpdump"
  text=$(tcpdump -nn -r "$1" 'tcp port 80' 2>/dev/null)
  # The last connection of the capture: everything from its SYN on.
  text=$(tac <<<"$text" | awk '{ print } /Flags \[S\],/ { exit }' | tac)
  printf '%s\n' "$text" | cut -c 1-150 | sed 's/^/   /'
  for flags in 'S' 'S\.' 'F\.'; do
    grep -q "Flags \[$flags\]" <<<"$text" || die "no segment with the flags [$flags] was captured"
  done
  tell "[S] [S.] [.] open it in three steps; [P.] are the request and the page; [F.] closes each direction"
}

sha() { sha256sum "$1" | cut -d ' ' -f 1; }

show_download() {
  step "Download of $size_mib MiB"
  in_client curl -sS --fail --max-time 300 -o "$work/download" \
    -w '   %{size_download} bytes at %{speed_download} bytes/s\n' "$(url large)"
  [[ $(sha "$work/download") == "$(sha "$work/large")" ]] || die "the download's SHA-256 differs"
  tell "SHA-256 equal on both sides: $(sha "$work/download" | cut -c 1-16)..."
}

show_upload() {
  step "Upload of $size_mib MiB (HTTP PUT)"
  in_client curl -sS --fail --max-time 300 -T "$work/large" -w '   %{size_upload} bytes at %{speed_upload} bytes/s\n' \
    -o /dev/null "$(url uploaded)"
  [[ $(sha "$work/html/uploaded") == "$(sha "$work/large")" ]] || die "the upload's SHA-256 differs"
  tell "SHA-256 equal on both sides: $(sha "$work/html/uploaded" | cut -c 1-16)..."
}

show_short_connections() {
  step "$short_connections short connections, each with its own handshake, request, answer and close"
  in_client python3 - "$short_connections" "$proxy_client_ip" <<'PYTHON'
import socket, sys, time
count, address, start = int(sys.argv[1]), sys.argv[2], time.monotonic()
for number in range(1, count + 1):
    with socket.create_connection((address, 80), timeout=30) as sock:
        sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
        answer = b""
        while chunk := sock.recv(65536):
            answer += chunk
    if not answer.startswith(b"HTTP/1.1 200") or b"Hello" not in answer:
        sys.exit(f"connection {number} got {answer!r}")
    if number % 500 == 0:
        print(f"   {number} done", flush=True)
print(f"   all answered, {count / (time.monotonic() - start):.0f} per second by one client, one after another")
PYTHON
}

# show_iperf TEXT [iperf3 options]
show_iperf() {
  local text=$1
  shift
  step "iperf3, $text, five seconds (TAP is a slow wire: this shows that it works, not how fast Millrace is)"
  in_client iperf3 -c "$proxy_client_ip" -p 5201 -C cubic -t 5 --json "$@" >"$work/iperf3.json" ||
    die "iperf3: $(grep error "$work/iperf3.json" || true)"
  python3 - "$work/iperf3.json" <<'PYTHON'
import json, sys
got = json.load(open(sys.argv[1]))["end"]["sum_received"]
print(f"   {got['bytes'] / 1e6:.0f} MB received, {got['bits_per_second'] / 1e9:.2f} Gbit/s")
PYTHON
}

show_counters() {
  step "What the proxy counted, over DPDK's telemetry socket (scripts/telemetry.py $tag /millrace/stats)"
  local counters
  counters=$("$root_dir/scripts/telemetry.py" "$tag" /millrace/stats --nonzero)
  sed 's/^/   /' <<<"$counters"
  grep -q tcp_payload_copies <<<"$counters" && die "the proxy copied payload"
  tell "every packet ends in exactly one counted outcome; tcp_payload_copies is missing here because it is 0"
}

main() {
  need_root
  while [[ $# -gt 0 ]]; do
    case "$1" in
      --ipv6) use_ipv6 ;;
      --build)
        [[ -n ${2:-} ]] || die "usage: demo.sh [--ipv6] [--build DIR]"
        build=$(realpath "$2")
        shift
        ;;
      *) die "usage: demo.sh [--ipv6] [--build DIR]" ;;
    esac
    shift
  done
  trap cleanup EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  prepare
  start_servers

  step "Start the proxy with a capture on its client port"
  start_proxy "$work/client.pcap"
  show_page
  stop_proxy
  tell "SIGTERM: the proxy took no new connection, finished the old ones and ended with exit code 0"
  show_capture "$work/client.pcap"

  step "Start it again without the capture"
  start_proxy
  show_download
  show_upload
  show_short_connections
  show_iperf "client to server"
  show_iperf "server to client" -R
  show_counters
  stop_proxy
  echo
  echo "demo: OK"
}

main "$@"
