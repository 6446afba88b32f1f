// millrace-ss: its command line, pages of a listing, and the sentences that it makes of a row.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "options.h"
#include "summary.h"
#include "tcp/close_rule.h"
#include "units.h"
#include "views.h"

namespace millrace::ss {
namespace {

using tools::Row;

std::string filter_of(const std::vector<std::string>& arguments) { return parse_options(arguments).filter; }

TEST(SsOptions, FiltersAreWords) {
  EXPECT_EQ(filter_of({}), "");
  EXPECT_EQ(filter_of({"host", "10.1.0.2", "port", "80"}), "host=10.1.0.2,port=80");
  EXPECT_EQ(filter_of({"state", "time-wait", "state", "FIN_WAIT_2"}), "state=TIME-WAIT,state=FIN-WAIT-2");
  EXPECT_EQ(filter_of({"state", "estab"}), "state=ESTABLISHED");
  EXPECT_EQ(filter_of({"state", "syn-recv"}), "state=SYN-RECEIVED");
  EXPECT_EQ(filter_of({"host", "2001:DB8::0:1"}), "host=2001:db8::1");
  EXPECT_EQ(filter_of({"port", "80", "port", "8080"}), "port=80,port=8080");
}

TEST(SsOptions, Modes) {
  EXPECT_EQ(parse_options({}).mode, Mode::Connections);
  const Options closed = parse_options({"-f", "mr", "--closed", "--last", "7", "--json", "-1"});
  EXPECT_EQ(closed.mode, Mode::Closed);
  EXPECT_EQ(closed.file_prefix, "mr");
  EXPECT_EQ(closed.last, 7u);
  EXPECT_TRUE(closed.json);
  EXPECT_TRUE(closed.one_line);
  EXPECT_TRUE(parse_options({"-o"}).half_open);
  EXPECT_EQ(parse_options({"-s"}).mode, Mode::Summary);
  EXPECT_EQ(parse_options({"-u"}).mode, Mode::Upstreams);
  EXPECT_EQ(parse_options({"--upstreams"}).mode, Mode::Upstreams);
  EXPECT_EQ(parse_options({"-h"}).mode, Mode::Help);
}

TEST(SsOptions, TuplesInEveryNotation) {
  const std::array<std::string, 2> both = {"10.1.0.2:4711", "10.1.0.1:80"};
  EXPECT_EQ(parse_options({"-e", "10.1.0.2:4711", "10.1.0.1:80"}).tuple, both);
  EXPECT_EQ(parse_options({"--explain", "10.1.0.2:4711,10.1.0.1:80"}).tuple, both);
  EXPECT_EQ(parse_options({"--explain", "10.1.0.2:4711", "->", "10.1.0.1:80"}).tuple, both);
  EXPECT_EQ(parse_options({"-e", "[2001:DB8::1]:1", "2001:db8::2:2"}).tuple[0], "[2001:db8::1]:1");
}

TEST(SsOptions, WrongOnesSayWhat) {
  for (const std::vector<std::string>& wrong :
       std::vector<std::vector<std::string>>{{"-f"},
                                             {"--clossed"},
                                             {"port"},
                                             {"port", "0"},
                                             {"port", "65536"},
                                             {"port", "x"},
                                             {"host", "nobody"},
                                             {"state", "open"},
                                             {"--upstreams", "port", "80"},
                                             {"-n", "0"},
                                             {"-e", "10.1.0.1:80"},
                                             {"-e", "10.1.0.1", "10.1.0.2:1"},
                                             {"-e", "10.1.0.1:0", "10.1.0.2:1"}})
    EXPECT_THROW((void)parse_options(wrong), tools::ToolError) << wrong[0];
}

TEST(Listing, APageHasColumnsRowsErrorsAndTheNextPlace) {
  const tools::ListPage page =
      tools::parse_page("# columns a b c\n1 x ts,sack\n2 - -\n# error no answer from worker 1\n# next 1,64\n");
  ASSERT_EQ(page.rows.size(), 2u);
  ASSERT_EQ(page.errors.size(), 1u);
  EXPECT_EQ(page.errors[0], "no answer from worker 1");
  EXPECT_EQ(page.next, "1,64");
  const Row row{page.columns, page.rows[0]};
  EXPECT_EQ(row.number("a"), 1u);
  EXPECT_EQ(row.at("b"), "x");
  EXPECT_EQ(row.at("nothing"), "-");
  EXPECT_EQ(row.number("b"), 0u);
  EXPECT_TRUE(row.lists("c", "sack"));
  EXPECT_FALSE(row.lists("c", "sac"));
  EXPECT_FALSE((Row{page.columns, page.rows[1]}.has("b")));
  EXPECT_EQ(tools::parse_page("# columns a\n").next, "");
  EXPECT_EQ(tools::parse_page("").rows.size(), 0u);
  EXPECT_EQ(tools::parse_page("#\n#x\n").rows.size(), 0u);
}

TEST(Units, AsPeopleReadThem) {
  EXPECT_EQ(tools::duration_text(0), "0 us");
  EXPECT_EQ(tools::duration_text(999), "999 us");
  EXPECT_EQ(tools::duration_text(1000), "1.0 ms");
  EXPECT_EQ(tools::duration_text(999'999), "999.9 ms");
  EXPECT_EQ(tools::duration_text(3'250'000), "3.2 s");
  EXPECT_EQ(tools::duration_text(60'000'000), "1 min 0 s");
  EXPECT_EQ(tools::duration_text(3'600'000'000), "1 h 0 min");
  EXPECT_EQ(tools::duration_text(187'200'000'000), "2 d 4 h");
  EXPECT_EQ(tools::bytes_text(999), "999 B");
  EXPECT_EQ(tools::bytes_text(1000), "1.0 kB");
  EXPECT_EQ(tools::bytes_text(999'949), "999.9 kB");
  EXPECT_EQ(tools::bytes_text(999'999), "1.0 MB");
  EXPECT_EQ(tools::bytes_text(1'500'000'000), "1.5 GB");
}

class Views : public testing::Test {
 protected:
  Views() {
    ::setenv("TZ", "UTC", 1);
    ::tzset();
  }
  std::vector<std::string> live_columns =
      tools::parse_page(
          "# columns worker state opened_by local remote age_us recv_q send_q timers rto_us srtt_us rttvar_us backoff "
          "cwnd "
          "ssthresh mss snd_wnd rcv_wnd snd_wscale rcv_wscale bytes_in bytes_out flight retransmits flags "
          "congestion_control phase pacing_rate delivery_rate min_rtt_us reordering_seen reordering_us dsacks lost "
          "bytes_sent\n")
          .columns;
  std::vector<std::string> closed_columns = tools::parse_page(
                                                "# columns worker number ended_us lived_us opened_by local remote "
                                                "state rule bytes_in bytes_out unread unsent "
                                                "retransmits\n")
                                                .columns;
  static constexpr std::uint64_t kNoon = 1'700'049'600'000'000;  // 2023-11-15 12:00:00 UTC
};

TEST_F(Views, S62_AnEndIsASentence) {
  const Row row{
      closed_columns,
      "0 7 1700042531052000 3200000 peer 10.1.0.1:80 10.1.0.2:4711 ESTABLISHED reset_by_peer 12000 1000000 0 0 0"};
  EXPECT_EQ(closed_text(row, kNoon),
            "10:02:11.052 client 10.1.0.2:4711 -> 10.1.0.1:80: reset by the peer (RST at RCV.NXT, RFC 9293 3.10.7.4) "
            "after 3.2 s in ESTABLISHED; 12.0 kB in, 1.0 MB out\n");
  EXPECT_EQ(explain_closed(row, kNoon).find("Ended by the peer, RST. The peer's program aborted"),
            closed_text(row, kNoon).size() + 2);
}

TEST_F(Views, AnEndTellsWhatWasLost) {
  const Row row{closed_columns,
                "0 7 1700042531052000 800 us 10.2.0.1:40000 10.2.0.2:8080 LAST-ACK retransmit_timeout 0 5 6 1500 3"};
  const std::string text = closed_text(row, kNoon + 86'400'000'000);
  EXPECT_EQ(text.rfind("2023-11-15 10:02:11.052 10.2.0.1:40000 -> server 10.2.0.2:8080: the peer stopped acknowl", 0),
            0u)
      << text;
  EXPECT_NE(
      text.find(
          "after 800 us in LAST-ACK; 0 B in, 5 B out; 6 B not read by our application when it ended; 1.5 kB never "
          "acknowledged by the peer; 3 retransmissions\n"),
      std::string::npos)
      << text;
}

TEST_F(Views, AHalfOpenHasNoLifeAndNoBytes) {
  const Row row{
      closed_columns,
      "0 7 1700042531052000 - peer [2001:db8::1]:80 [2001:db8::2]:9 SYN-RECEIVED half_open_expired 0 0 0 0 0"};
  EXPECT_EQ(closed_text(row, kNoon),
            "10:02:11.052 client [2001:db8::2]:9 -> [2001:db8::1]:80: handshake never completed (SYN,ACK unanswered to "
            "the last repetition, RFC 9293 3.8.3)\n");
}

TEST_F(Views, ARuleThatThisProgramDoesNotKnowIsShownByItsName) {
  const Row row{closed_columns, "0 7 1700042531052000 1 peer 10.1.0.1:80 10.1.0.2:1 ESTABLISHED tomorrow 0 0 0 0 0"};
  EXPECT_NE(closed_text(row, kNoon).find(": tomorrow after 1 us"), std::string::npos) << closed_text(row, kNoon);
}

TEST_F(Views, EveryRuleMakesASentenceAndValidJson) {
  for (std::size_t i = 1; i < tcp::kCloseRules; ++i) {
    const std::string name{tcp::info(static_cast<tcp::CloseRule>(i)).name};
    const std::string line = "0 7 1700042531052000 1 peer 10.1.0.1:80 10.1.0.2:1 ESTABLISHED " + name + " 0 0 0 0 0";
    const Row row{closed_columns, line};
    EXPECT_EQ(closed_text(row, kNoon).find("()"), std::string::npos);
    const std::string json = json_text(row);
    EXPECT_EQ(std::count(json.begin(), json.end(), '"') % 2, 0);
    EXPECT_EQ(json.find('\\'), std::string::npos);
    EXPECT_NE(json.find("\"rule\":\"" + name + "\""), std::string::npos);
    EXPECT_NE(json.find("\"who\":\""), std::string::npos);
  }
}

TEST_F(Views, S61_AConnectionLikeSs) {
  const Row row{live_columns,
                "1 ESTABLISHED peer 10.1.0.1:80 10.1.0.2:4711 3200000 0 512 retransmit:180000,give-up:900000000 204000 "
                "1200 500 0 14600 - 1448 65536 262144 7 2 12000 1000000 512 3 ts,sack"};
  EXPECT_EQ(connection_text(row, true),
            "ESTABLISHED        0     512 10.1.0.1:80            10.1.0.2:4711          1\n");
  EXPECT_EQ(connection_text(row, false),
            connection_text(row, true) +
                "    timers: retransmit 180.0 ms, give-up 15 min 0 s  age:3.2 s opened-by:peer rto:204.0 ms rtt:1.2 "
                "ms/500 us cwnd:14600 ssthresh:- mss:1448 snd-wnd:65536 rcv-wnd:262144 wscale:7,2 bytes-in:12000 "
                "bytes-out:1000000 in-flight:512 retransmits:3 backoff:0 flags:ts,sack\n");
  const std::string json = json_text(row);
  EXPECT_EQ(json.rfind("{\"worker\":1,\"state\":\"ESTABLISHED\",\"opened_by\":\"peer\",\"local\":\"10.1.0.1:80\",", 0),
            0u);
  EXPECT_NE(json.find("\"ssthresh\":null"), std::string::npos);
  EXPECT_NE(json.find("\"pacing_rate\":null"), std::string::npos) << "an older process does not tell";
  EXPECT_EQ(json.substr(json.size() - 2), "}\n");
}

TEST_F(Views, HowItSendsIsALineOfItsOwn) {
  const std::string head =
      "1 ESTABLISHED peer 10.1.0.1:80 10.1.0.2:4711 3200000 0 512 - 204000 1200 500 0 14600 7300 1448 65536 262144 7 2 "
      "12000 1000000 512 3 ts,sack";
  const Row plain{live_columns, head};
  const std::string paced_line = head + " bbr recovery 12500000 9800000 1100 1 275 4 17 1024000";
  const Row paced{live_columns, paced_line};
  std::string same = connection_text(plain, false);
  same.pop_back();
  EXPECT_EQ(connection_text(paced, false),
            same +
                "\n    bbr recovery pacing:12.5 MB/s delivery:9.8 MB/s min-rtt:1.1 ms reordering:275 us dsacks:4 "
                "lost:17 bytes-sent:1024000\n");
  const std::string json = json_text(paced);
  EXPECT_NE(json.find("\"congestion_control\":\"bbr\",\"phase\":\"recovery\",\"pacing_rate\":12500000,"),
            std::string::npos)
      << json;
  EXPECT_NE(explain_live(paced).find("Some of it was lost and is being sent again (fast recovery)."),
            std::string::npos);
  const std::string slow_line = head + " newreno open - - - 0 0 0 0 4";
  EXPECT_NE(connection_text(Row{live_columns, slow_line}, false)
                .find("\n    newreno open pacing:- delivery:- min-rtt:- reordering:no dsacks:0 lost:0 bytes-sent:4\n"),
            std::string::npos);
}

TEST_F(Views, AServerIsALineOfATable) {
  const auto columns = tools::parse_page(
                           "# columns server upstream workers healthy_workers active connections failures checks_good "
                           "checks_failed\n")
                           .columns;
  const Row row{columns, "10.2.0.2:8080 web 2 1 12 340 3 77 4"};
  EXPECT_EQ(
      upstream_head() + upstream_text(row),
      "Upstream         Server                   Healthy   Active  Connections  Failures  Checks good Checks "
      "failed\n"
      "web              10.2.0.2:8080                1/2       12          340         3           77             "
      "4\n");
}

TEST_F(Views, ExplainSaysWhatIsWaitedFor) {
  const auto explain = [this](const std::string& state, const std::string& queues, const std::string& flags,
                              const std::string& flight = "0", const std::string& backoff = "0") {
    const std::string line = "0 " + state + " peer 10.1.0.1:80 10.1.0.2:4711 3200000 " + queues +
                             " - 204000 1200 500 " + backoff + " 14600 - 1448 65536 262144 7 2 1 2 " + flight + " 0 " +
                             flags;
    return explain_live(Row{live_columns, line});
  };
  const auto says = [](const std::string& text, const char* words) { return text.find(words) != std::string::npos; };
  EXPECT_TRUE(says(explain("ESTABLISHED", "0 0", "ts"), "Idle: nothing to send, nothing unread."));
  EXPECT_TRUE(says(explain("ESTABLISHED", "4000 0", "ts"), "4.0 kB wait until our application reads them"));
  EXPECT_TRUE(says(explain("ESTABLISHED", "0 4000", "window-shut"), "The peer has shut its window: 4.0 kB wait"));
  EXPECT_TRUE(
      says(explain("ESTABLISHED", "0 4000", "cwnd-full", "1000"), "3.0 kB more wait for the congestion window"));
  EXPECT_TRUE(says(explain("ESTABLISHED", "0 10", "ts", "10", "4"), "doubled 4 times"));
  EXPECT_TRUE(says(explain("FIN-WAIT-2", "0 0", "given-up"), "[tcp] fin_wait_2_timeout ends it"));
  EXPECT_TRUE(says(explain("FIN-WAIT-2", "0 0", "closed"), "half-close"));
  EXPECT_TRUE(says(explain("CLOSE-WAIT", "0 0", "peer-closed"), "a program that forgets to"));
  EXPECT_TRUE(says(explain("SYN-RECEIVED", "0 0", "-", "0", "2"), "2 times again"));
  for (const char* state : {"SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT",
                            "CLOSING", "LAST-ACK", "TIME-WAIT"})
    EXPECT_FALSE(says(explain(state, "0 0", "-"), "\n  \n")) << state << " is not explained";
}

TEST(Summary, IsTheDifferenceOfTwoSamples) {
  Sample before{{{"busy_cycles", 100}, {"idle_cycles", 100}, {"tcp_established", 5}, {"closed_reset_by_peer", 1}}};
  Sample now = before;
  now[0]["busy_cycles"] = 130;
  now[0]["idle_cycles"] = 170;
  now[0]["rx_packets"] = 12;
  now[0]["closed_reset_by_peer"] = 4;
  const std::string text = summary_text(before, now);
  EXPECT_NE(text.find("worker 0   busy  30.0 %   rx +12   tx +0   established 5\n"), std::string::npos) << text;
  EXPECT_NE(text.find("           4       +3   reset by the peer\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("refused"), std::string::npos);
}

}  // namespace
}  // namespace millrace::ss
