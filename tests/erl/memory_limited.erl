%% not under: asan tsan
%% timeout: 60
%% Little address space: the node starts, and says what there was no more memory for.
-module(memory_limited).
-export([main/1, heap/0, binaries/0, table/0, many/0]).

main(_) ->
    [begin
         {Status, Text} = t:end_of_node("ulimit -v 2000000;", "+S 1 -run memory_limited " ++ What),
         {match, [Allocator]} = re:run(Text, "^([a-z]+_alloc): Cannot allocate [0-9]+ bytes of memory [(]of type \"[a-z_]+\"[)][.]$", [{capture, [1], list}]),
         t:show({What, Status, Allocator})
     end || What <- ["heap", "binaries", "table", "many"]].

heap() -> heap([]).
heap(L) -> heap([L | L]).

binaries() -> binaries([]).
binaries(L) -> binaries([binary:copy(<<0>>, 10000000) | L]).

table() -> table(ets:new(t, []), 0).
table(T, N) -> ets:insert(T, {N, lists:seq(1, 100)}), table(T, N + 1).

many() ->
    spawn_opt(fun() -> receive stop -> ok end end, [{min_heap_size, 1000000}]),
    many().
