// A configuration that a test changes line by line.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "proxy_config.h"

namespace millrace::config {

/// A good file; tests change lines of it. Line numbers count from 1.
inline const std::vector<std::string> kGood = {
    /* 1 */ "[[port]]",
    /* 2 */ "name = 'client'",
    /* 3 */ "device = 'net_tap0'",
    /* 4 */ "addresses = ['10.1.0.1/24']",
    /* 5 */ "[[port]]",
    /* 6 */ "name = 'server'",
    /* 7 */ "device = 'net_tap1'",
    /* 8 */ "addresses = ['10.2.0.1/24', '2001:db8::1/64']",
    /* 9 */ "[[listener]]",
    /* 10 */ "address = '10.1.0.1'",
    /* 11 */ "port = 80",
    /* 12 */ "upstream = 'web'",
    /* 13 */ "[[upstream]]",
    /* 14 */ "name = 'web'",
    /* 15 */ "servers = ['10.2.0.2:8080']",
};

class ConfigTest : public ::testing::Test {
 protected:
  void line(std::size_t number, std::string text) { lines.at(number - 1) = std::move(text); }
  void add(std::string text) { lines.push_back(std::move(text)); }
  ProxyConfig read() {
    std::string text;
    for (const std::string& l : lines) text += l + "\n";
    return read_proxy_config(text, errors);
  }
  std::string fault() {
    read();
    return errors.to_string();
  }
  std::vector<std::string> lines = kGood;
  Diagnostics errors{"f"};
};

}  // namespace millrace::config
