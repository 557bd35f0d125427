// The menu that Ctrl-C opens on a terminal.
#pragma once

namespace joist {

// Asks for it; returns at once. The menu runs on a scheduler while the others stand still.
void open_break_menu();

}  // namespace joist
