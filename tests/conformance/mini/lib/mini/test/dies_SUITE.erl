%% The second case takes the VM with it, so the third cannot run.
-module(dies_SUITE).
-export([all/0, passes/1, dies/1, comes_too_late/1]).

all() -> [passes, dies, comes_too_late].

passes(_) -> ok.

dies(_) -> os:cmd("kill -9 " ++ os:getpid()).

comes_too_late(_) -> ok.
