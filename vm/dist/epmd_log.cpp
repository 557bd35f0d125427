#include "vm/dist/epmd_log.h"

#include <cstdio>
#include <ctime>

#include "vm/sys/daemon.h"

namespace joist {

void EpmdLog::say(int at_level, const std::string& text) const {
  if (at_level > level) return;
  if (daemon) {
    sys::write_system_log("epmd: " + text);
    return;
  }
  time_t now = time(nullptr);
  char when[32] = "";
  if (tm parts; localtime_r(&now, &parts)) strftime(when, sizeof when, "%a %b %e %H:%M:%S %Y", &parts);
  fprintf(stderr, "epmd: %s: %s\r\n", when, text.c_str());
}

}  // namespace joist
