%% What an object of a table takes, for `tools/bench --memory`: prints the bytes by which the OS process grows with each of 200,000
%% objects of a kind, in a table of a type, and those that ets:info/2 says. `kinds` prints what there is to measure.
-module(table_memory).
-export([run/1]).

-define(OBJECTS, 200000).

run(["kinds"]) ->
    [io:format("~s ~s~n", [Table, Object]) || {Table, _} <- tables(), {Object, _} <- objects()],
    erlang:halt(0);
run([TableName, ObjectName]) ->
    {_, Options} = lists:keyfind(TableName, 1, tables()),
    {_, Object} = lists:keyfind(ObjectName, 1, objects()),
    Table = ets:new(table, [public | Options]),
    fill(Table, Object, ?OBJECTS + 1, ?OBJECTS + 100),
    erlang:garbage_collect(),
    Before = sizes(Table),
    {_, Monitor} = spawn_monitor(fun() -> fill(Table, Object, 1, ?OBJECTS) end),
    receive {'DOWN', Monitor, _, _, normal} -> ok end,
    After = sizes(Table),
    io:format("~w ~w~n", [(A - B) div ?OBJECTS || {A, B} <- lists:zip(After, Before)]),
    erlang:halt(0).

tables() ->
    [{"set", [set]}, {"bag", [bag]}, {"ordered_set", [ordered_set]}, {"set,compressed", [set, compressed]},
     {"ordered_set,compressed", [ordered_set, compressed]}].

%% The keys of some come in order, of others they do not.
objects() ->
    [{"{I,I}", fun(I) -> {I, I} end},
     {"record", fun(I) -> {I * 7919 rem 1000003, account, "a name", active, [1, 2, 3]} end},
     {"binary", fun(I) -> {I * 7919 rem 1000003, <<I:400>>} end},
     {"session", fun(I) -> {{user, I}, #{since => I, address => {10, 0, I rem 256, 1}, roles => [reader, writer]}, lists:seq(1, 20), "some text"} end}].

fill(_, _, From, To) when From > To -> ok;
fill(Table, Object, From, To) ->
    ets:insert(Table, Object(From)),
    fill(Table, Object, From + 1, To).

sizes(Table) ->
    {ok, Status} = file:read_file("/proc/self/status"),
    {match, [Resident]} = re:run(Status, "VmRSS:\\s+(\\d+)", [{capture, all_but_first, list}]),
    [list_to_integer(Resident) * 1024, ets:info(Table, memory) * erlang:system_info(wordsize)].
