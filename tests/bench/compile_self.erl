%% area: compiler repeat: 3
-module(compile_self).
-export([main/0]).
main() ->
    Dir = filename:join(code:lib_dir(stdlib), "src"),
    [begin {ok, _, B} = compile:file(filename:join(Dir, F), [deterministic, binary]), erlang:md5(B) end || F <- ["gb_trees.erl", "queue.erl", "proplists.erl", "orddict.erl", "calendar.erl"]].
