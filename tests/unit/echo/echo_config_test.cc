// The program's own part of its configuration, and the shared part reached through it.
#include "echo_config.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace::echo {
namespace {

const std::string kPort = R"(
[[port]]
name = "a"
device = "net_tap0"
addresses = ["10.1.0.1/24"]
)";

EchoConfig good(const std::string& text) {
  config::Diagnostics errors{"f"};
  EchoConfig config = parse_config(text, errors);
  EXPECT_EQ(errors.to_string(), "");
  return config;
}

std::string errors_of(const std::string& text) {
  config::Diagnostics errors{"f"};
  (void)parse_config(text, errors);
  return errors.to_string();
}

TEST(EchoConfig, ReadsListenersWithTheirDefaults) {
  const EchoConfig config = good(R"(drain = "9s")" + kPort + R"(
[limits]
receive_buffer = "64KiB"
send_buffer = "32KiB"
[[listener]]
address = "10.1.0.1"
port = 80
service = "http"
body_size = 0
syn_cookies = "cache"
policy = "reject"
[[listener]]
address = "0.0.0.0"
port = 65535
service = "discard"
)");
  EXPECT_EQ(config.drain, seconds{9});
  EXPECT_EQ(config.runtime.ports.size(), 1u);
  ASSERT_EQ(config.listeners.size(), 2u);
  EXPECT_EQ(config.listeners[0].local.port, 80);
  EXPECT_EQ(config.listeners[0].service, ServiceKind::Http);
  EXPECT_EQ(config.listeners[0].body_size, 0u);
  EXPECT_TRUE(config.listeners[0].options.no_delay);
  EXPECT_EQ(config.listeners[0].options.receive_buffer, 65536u);
  EXPECT_EQ(config.listeners[0].options.send_buffer, 32768u);
  EXPECT_EQ(config.listeners[0].options.syn_cookies, api::SynCookies::Cache);
  EXPECT_EQ(config.listeners[0].options.access.verdict(api::IpAddress::v4(1)), api::Verdict::Reject);
  EXPECT_EQ(config.listeners[1].options.syn_cookies, api::SynCookies::Auto);
  EXPECT_EQ(config.listeners[1].service, ServiceKind::Discard);
  EXPECT_FALSE(config.listeners[1].options.no_delay);
  EXPECT_EQ(config.listeners[1].body_size, 64u);
  EXPECT_EQ(good(kPort + "[[listener]]\naddress = \"10.1.0.1\"\nport = 1\nservice = \"chargen\"\n").drain, seconds{5});
}

TEST(EchoConfig, SaysWhatIsWrongWithAListener) {
  EXPECT_NE(errors_of(kPort).find("there is no [[listener]]"), std::string::npos);
  const auto with = [](const std::string& listener) { return errors_of(kPort + "[[listener]]\n" + listener); };
  EXPECT_NE(with("address = \"10.1.0.2\"\nport = 1\nservice = \"echo\"\n")
                .find("listener address 10.1.0.2 is not on any port"),
            std::string::npos);
  EXPECT_NE(with("address = \"10.1.0.1\"\nport = 0\nservice = \"echo\"\n").find("not between 1 and 65535"),
            std::string::npos);
  EXPECT_NE(with("address = \"10.1.0.1\"\nport = 1\nservice = \"Echo\"\n").find("one of echo, discard"),
            std::string::npos);
  EXPECT_NE(with("address = \"10.1.0.1\"\nport = 1\nservice = \"http\"\nbody_size = 1048577\n").find("1048576"),
            std::string::npos);
  const std::string one = "[[listener]]\naddress = \"10.1.0.1\"\nport = 1\nservice = \"echo\"\n";
  EXPECT_NE(errors_of(kPort + one + one).find("two listeners on 10.1.0.1 port 1"), std::string::npos);
  const std::string any = "[[listener]]\nport = 1\nservice = \"echo\"\n";
  const std::string any_v4 = any + "address = \"0.0.0.0\"\n";
  EXPECT_EQ(errors_of(kPort + any), "") << "both IP versions";
  EXPECT_NE(errors_of(kPort + any + any_v4).find("two listeners on 0.0.0.0 port 1"), std::string::npos);
  EXPECT_NE(errors_of(kPort + any_v4 + any).find("two listeners on :: port 1"), std::string::npos);
  EXPECT_NE(errors_of(kPort + any + "v6only = true\naddress = \"::\"\n").find("no port has an IPv6 address"),
            std::string::npos);
}

TEST(EchoConfig, TheExampleIsGood) {
  config::Diagnostics errors{"f"};
  const EchoConfig config = load_config(MILLRACE_CONFIG_DIR "/echo.toml", errors);
  EXPECT_EQ(errors.to_string(), "");
  EXPECT_EQ(config.listeners.size(), 4u);
}

}  // namespace
}  // namespace millrace::echo
