// All of the coroutine API in one header; README.md beside it starts from nothing.
#pragma once

#include "coro/connect.h"
#include "coro/connection.h"
#include "coro/error.h"
#include "coro/listener.h"
#include "coro/scheduler.h"
#include "coro/scope.h"
#include "coro/signal.h"
#include "coro/sleep.h"
#include "coro/task.h"
