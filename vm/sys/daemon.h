// Going on as a daemon, and what a daemon has to say.
#pragma once
#include <string>
#include <vector>

namespace joist::sys {

// Returns in a child of a child: in a session of its own that it does not lead, in the root folder, with the null device as standard
// streams and of the other descriptors only those named, deaf to SIGHUP. The calling process and its child end with exit code 0. An
// errno value: the calling process goes on, nothing has changed. For processes of one thread.
int become_daemon(std::vector<int> kept_descriptors);

// A line for the system's log, as an error of a daemon.
void write_system_log(const std::string& text);

}  // namespace joist::sys
