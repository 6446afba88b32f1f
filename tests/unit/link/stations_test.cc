#include "stations.h"

#include <gtest/gtest.h>

namespace millrace::link {
namespace {

constexpr wire::MacAddress kOne{{2, 0, 0, 0, 0, 1}}, kOther{{2, 0, 0, 0, 0, 2}};

TEST(Stations, AreLearnedWhereTheyWereSeenLast) {
  Stations stations;
  EXPECT_FALSE(stations.port_of(kOne));
  stations.learn(kOne, 0);
  stations.learn(kOther, 1);
  EXPECT_EQ(stations.port_of(kOne), 0);
  EXPECT_EQ(stations.port_of(kOther), 1);
  stations.learn(kOne, 1);
  EXPECT_EQ(stations.port_of(kOne), 1);
}

TEST(Stations, ABroadcastIsForAll) {
  Stations stations;
  stations.learn(kOne, 0);
  EXPECT_FALSE(stations.port_of(wire::MacAddress::broadcast()));
}

TEST(Stations, WhatComesAfterTheMostIsNotLearnedAndTheOthersStay) {
  Stations stations;
  for (std::uint8_t i = 0; i < 200; ++i) stations.learn({{2, 0, 0, 0, 1, i}}, i);
  EXPECT_EQ(stations.port_of({{2, 0, 0, 0, 1, 63}}), 63);
  EXPECT_FALSE(stations.port_of({{2, 0, 0, 0, 1, 64}}));
}

}  // namespace
}  // namespace millrace::link
