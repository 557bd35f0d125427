#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

#include "vm/term/atom.h"

int main(int argc, char** argv) {
  joist::init_atoms(size_t(1) << 20);
  return Catch::Session().run(argc, argv);
}
