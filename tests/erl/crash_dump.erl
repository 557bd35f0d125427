%% erl_crash.dump: a node that ends with a slogan writes its state; what a process had is read back from the dump.
-module(crash_dump).
-export([main/1, crash/1]).

main(_) ->
    {Status, Dump} = dump_of_node([]),
    t:show(Status),
    Sections = sections(Dump),
    t:show([lists:keyfind(Name, 1, Sections) =/= false ||
               Name <- ["erl_crash_dump", "scheduler", "memory", "proc", "port", "ets", "timer", "node", "no_distribution", "loaded_modules", "mod", "fun",
                        "proc_dictionary", "proc_messages", "proc_stack", "proc_heap", "persistent_terms", "literals", "binary", "atoms", "end"]]),
    {_, "0.5", General} = lists:keyfind("erl_crash_dump", 1, Sections),
    t:show(value("Slogan", General)),
    [{Pid, Proc}] = [{Id, Lines} || {"proc", Id, Lines} <- Sections, value("Name", Lines) =:= "keeper"],
    t:show([{Key, value(Key, Proc)} || Key <- ["State", "Spawned as", "Message queue length"]]),
    Memory = memory(Sections),
    put(memory, Memory),
    t:show(lists:sort([term(Line) || Line <- section("proc_dictionary", Pid, Sections)])),
    t:show([term(hd(string:split(Line, ":", trailing))) || Line <- section("proc_messages", Pid, Sections)]),
    [Frame | _] = section("proc_stack", Pid, Sections),
    t:show([length(hd(string:split(Frame, ":"))), string:find(Frame, ":S") =/= nomatch]),
    t:show([{value("Type", T), value("Objects", T)} || {"ets", _, T} <- Sections, value("Name", T) =:= "kept_table"]),
    t:show([value("Message", T) || {"timer", Id, T} <- Sections, Id =:= Pid]),
    t:show([term(V) || {"persistent_terms", _, Lines} <- Sections, "A8:kept_key|" ++ V <- Lines]),
    t:show(lists:member("kept_table", section("atoms", "", Sections))),
    %% Limits.
    t:show([{What, byte_size(Limited) =< 2100, re:run(Limited, "=abort:.*\n$", [{capture, first, list}])} || {What, {_, Limited}} <- [{bytes, dump_of_node([{"ERL_CRASH_DUMP_BYTES", "2000"}])}]]),
    t:show([dump_of_node([{"ERL_CRASH_DUMP_" ++ What, "0"}]) || What <- ["SECONDS", "BYTES"]]).

%% In the other node.
crash([File]) ->
    os:putenv("ERL_CRASH_DUMP", File),
    kept_table = ets:new(kept_table, [named_table, ordered_set]),
    ets:insert(kept_table, [{K} || K <- lists:seq(1, 7)]),
    persistent_term:put(kept_key, {literal, "text", 2.5}),
    Self = self(),
    Keeper = spawn(fun() -> keep(Self) end),
    receive ready -> ok end,
    Keeper ! plain,
    Keeper ! {a, [message]},
    erlang:send_after(1000000, Keeper, tick),
    timer:sleep(20),
    erlang:halt([339, 255 | "the slogan"]).

keep(Parent) ->
    register(keeper, self()),
    put(numbers, {1, -1, 1 bsl 70, -(1 bsl 70), 0.0, 1.5, -2.25e300}),
    put(improper, [a, b | c]),
    put(deep, lists:foldl(fun(N, Acc) -> {N, Acc} end, [], lists:seq(1, 100))),
    put(small_map, #{a => 1, "key" => [value]}),
    put(large_map, maps:from_list([{K, {K}} || K <- lists:seq(1, 100)])),
    Whole = binary:copy(<<"0123456789">>, 20),
    put(bytes, {<<"short">>, Whole, binary:part(Whole, 1, 150)}),
    put('atom, with "signs"', [[], {}, '', 'ä', <<>>]),
    put(fn, fun erlang:self/0),
    Parent ! ready,
    wait().

wait() ->
    receive stop -> ok end,
    wait().

%% {Exit status, the dump}: none when there is no file.
dump_of_node(Environment) ->
    File = filename:absname("dump"),
    file:delete(File),
    Port = open_port({spawn_executable, t:erl()},
                     [{args, ["-noshell", "-noinput", "-pa", filename:dirname(code:which(?MODULE)), "-run", atom_to_list(?MODULE), "crash", File]},
                      {env, Environment}, exit_status, stderr_to_stdout, hide]),
    Status = status(Port),
    {Status, case file:read_file(File) of {ok, Dump} -> Dump; {error, enoent} -> none end}.

status(Port) ->
    receive
        {Port, {data, _}} -> status(Port);
        {Port, {exit_status, Status}} -> Status
    end.

%% [{Tag, Id, Lines}]
sections(Dump) -> sections(string:split(Dump, "\n", all), []).

sections([<<"=", Head/binary>> | Lines], Acc) ->
    {Tag, Id} = case binary:split(Head, <<":">>) of [T, I] -> {T, I}; [T] -> {T, <<>>} end,
    {Body, Rest} = lists:splitwith(fun(<<"=", _/binary>>) -> false; (_) -> true end, Lines),
    sections(Rest, [{binary_to_list(Tag), binary_to_list(Id), [binary_to_list(L) || L <- Body, L =/= <<>>]} | Acc]);
sections([], Acc) -> lists:reverse(Acc).

section(Tag, Id, Sections) -> hd([Lines || {T, I, Lines} <- Sections, T =:= Tag, I =:= Id]).

value(Key, Lines) -> hd([Value || Line <- Lines, [K, Value] <- [string:split(Line, ": ")], K =:= Key] ++ [none]).

%% Address => what stands there.
memory(Sections) ->
    maps:from_list([list_to_tuple(string:split(Line, ":")) || {Tag, _, Lines} <- Sections, Tag =:= "proc_heap" orelse Tag =:= "literals", Line <- Lines] ++
                   [{Id, "bin:" ++ Line} || {"binary", Id, [Line]} <- Sections]).

%% One element, and one object, whole.
term(Text) -> {T, ""} = element_of(Text), T.

element_of("N" ++ Rest) -> {[], Rest};
element_of("I" ++ Text) -> string:to_integer(Text);
element_of("A" ++ Text) -> {N, ":" ++ Rest} = hex(Text), {Name, More} = lists:split(N, Rest), {list_to_atom(unicode:characters_to_list(list_to_binary(Name))), More};
element_of("P" ++ Text) -> [_, Rest] = string:split(Text, ">"), {a_pid, Rest};
element_of("H" ++ Text) -> {Address, Rest} = string:take(Text, "0123456789ABCDEF"), {object(maps:get(Address, get(memory))), Rest}.

elements(0, Rest) -> {[], Rest};
elements(N, "," ++ Text) -> elements(N, Text);
elements(N, Text) -> {T, Rest} = element_of(Text), {Ts, More} = elements(N - 1, Rest), {[T | Ts], More}.

object("l" ++ Text) -> {H, "|" ++ Rest} = element_of(Text), {T, ""} = element_of(Rest), [H | T];
object("t" ++ Text) -> {N, ":" ++ Rest} = hex(Text), {Ts, ""} = elements(N, Rest), list_to_tuple(Ts);
object("F" ++ Text) -> {_, ":" ++ Float} = hex(Text), list_to_float(Float);
object("B16#" ++ Text) -> list_to_integer(Text, 16);
object("B-16#" ++ Text) -> -list_to_integer(Text, 16);
object("B" ++ Text) -> list_to_integer(Text);
object("E" ++ Text) -> binary_to_term(bytes(Text));
object("Yh" ++ Text) -> bytes(Text);
object("bin:" ++ Text) -> bytes(Text);
object([$Y, _ | Text]) ->
    [Address, Offset, Size] = string:split(Text, ":", all),
    binary:part(object(maps:get(Address, get(memory))), list_to_integer(Offset, 16), list_to_integer(Size, 16));
object("Mf" ++ Text) ->
    {N, ":" ++ Rest} = hex(Text),
    {Keys, ":" ++ Values} = element_of(Rest),
    {Vs, ""} = elements(N, Values),
    maps:from_list(lists:zip(tuple_to_list(Keys), Vs));
object("Mh" ++ Text) -> {Size, ":" ++ Rest} = hex(Text), Map = maps:from_list(pairs(Rest)), Size = map_size(Map), Map;
object("Mn" ++ Text) -> {node, pairs(Text)}.

pairs(Text) ->
    {N, ":" ++ Rest} = hex(Text),
    {Ts, ""} = elements(N, Rest),
    lists:append([case T of {node, Pairs} -> Pairs; [K | V] -> [{K, V}] end || T <- Ts]).

bytes(Text) -> {N, ":" ++ Code} = hex(Text), Bytes = base64:decode(Code), N = byte_size(Bytes), Bytes.

hex(Text) -> {Digits, Rest} = string:take(Text, "0123456789ABCDEF"), {list_to_integer(Digits, 16), Rest}.
