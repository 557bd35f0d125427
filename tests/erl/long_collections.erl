%% not under: gc-stress
%% flags: +S 1:1
%% A long collection holds up nobody: there is one scheduler, and others run on it meanwhile.
-module(long_collections).
-export([main/1, sleeper/1]).

main(_) ->
    requested(),
    own(),
    hibernating(),
    growing(),
    killed_meanwhile(),
    signals_meanwhile(),
    monitored(),
    literals().

%% Terms of some 8 million words that stay alive.
big() -> [{I, [I]} || I <- lists:seq(1, 1000000)].
sum(L) -> lists:sum([A + B || {A, [B]} <- L]).

keeper() ->
    Self = self(),
    P = spawn(fun() -> kept(Self, big()) end),
    receive {P, ready} -> P end.
kept(To, L) ->
    To ! {self(), ready},
    receive
        stop -> To ! {self(), sum(L)};
        {Work, F} -> F(), To ! {self(), Work}, kept(To, L)
    end.
ends_well(P) ->
    P ! stop,
    receive {P, N} -> N end.

%% How often does this process come back to the scheduler before a message comes? Once or twice if it is held up.
turns(Tag) -> turns(Tag, 0).
turns(Tag, N) ->
    erlang:yield(),
    receive Tag -> N after 0 -> turns(Tag, N + 1) end.

requested() ->
    P = keeper(),
    [begin
         async = erlang:garbage_collect(P, [{type, Type}, {async, r}]),
         N = turns({garbage_collect, r, true}),
         io:format("~p: ~p~n", [Type, Type =:= minor orelse N > 20])
     end || Type <- [major, minor, major]],
    io:format("requested ~p~n", [ends_well(P)]).

own() ->
    P = keeper(),
    P ! {gc, fun() -> true = erlang:garbage_collect() end},
    receive {P, ready} -> ok after 0 -> ok end,
    io:format("own: ~p~n", [turns({P, gc}) > 20]),
    receive {P, ready} -> ok end,
    io:format("own ~p~n", [ends_well(P)]).

hibernating() ->
    Self = self(),
    P = spawn(fun() -> L = big(), Self ! {self(), big}, proc_lib:hibernate(?MODULE, sleeper, [{Self, L}]) end),
    receive {P, big} -> ok end,
    P ! {Self, how_much},
    receive {P, N} -> io:format("hibernating ~p~n", [N]) end.
sleeper({To, L}) ->
    receive {To, how_much} -> To ! {self(), sum(L)} end.

%% The heap grows beyond all that collections of it take no time; terms, binaries, maps and floats.
growing() ->
    Self = self(),
    P = spawn(fun() ->
        M = lists:foldl(fun(I, M) -> M#{I => {<<I:64, 0:512>>, I * 1.0, [I]}} end, #{}, lists:seq(1, 200000)),
        B = << <<I:32>> || I <- lists:seq(1, 100000) >>,
        Self ! {self(), {map_size(M), maps:fold(fun(_, {<<I:64, _/bits>>, F, [J]}, S) -> S + I + J + F end, 0, M), erlang:md5(B)}}
    end),
    receive {P, R} -> io:format("growing ~p~n", [R]) end.

killed_meanwhile() ->
    P = keeper(),
    R = monitor(process, P),
    async = erlang:garbage_collect(P, [{async, r}]),
    exit(P, kill),
    receive {'DOWN', R, process, P, Why} -> io:format("killed: ~p~n", [Why]) end,
    receive {garbage_collect, r, Done} -> io:format("~p~n", [is_boolean(Done)]) end.

%% What comes during the collection is there afterwards, in order.
signals_meanwhile() ->
    P = keeper(),
    async = erlang:garbage_collect(P, [{async, r}]),
    erlang:yield(),
    link(P),
    R = monitor(process, P),
    [P ! {N, fun() -> ok end} || N <- lists:seq(1, 100)],
    Suspended = erlang:suspend_process(P),
    {message_queue_len, Len} = process_info(P, message_queue_len),
    resume_process(P),
    io:format("meanwhile ~p ~p~n", [Suspended, Len > 0]),
    [receive {P, N} -> ok end || N <- lists:seq(1, 100)],
    [receive {P, ready} -> ok end || _ <- lists:seq(1, 100)],
    {links, Links} = process_info(P, links),
    io:format("~p ~p~n", [lists:member(self(), Links), ends_well(P)]),
    receive {'DOWN', R, process, P, Why} -> io:format("~p~n", [Why]) end,
    receive {garbage_collect, r, true} -> ok end.

resume_process(P) -> erlang:resume_process(P).

monitored() ->
    P = keeper(),
    erlang:system_monitor(self(), [{long_gc, 1}, {large_heap, 1000000}]),
    erlang:garbage_collect(P),
    receive {monitor, P, long_gc, Info} -> io:format("~p~n", [lists:sort([K || {K, V} <- Info, V >= 0])]) end,
    receive {monitor, P, large_heap, Large} -> io:format("~p~n", [lists:sort([K || {K, V} <- Large, V >= 0])]) end,
    erlang:system_monitor(undefined),
    {garbage_collection, Gc} = process_info(P, garbage_collection),
    io:format("~p ~p~n", [proplists:get_value(minor_gcs, Gc), ends_well(P)]).

%% Purged code of which a big heap keeps literals.
literals() ->
    Forms = [{attribute, 1, module, long_collections_code}, {attribute, 1, export, [{literal, 0}]},
             {function, 1, literal, 0, [{clause, 1, [], [], [erl_parse:abstract({kept, "literal", #{a => 1.5}})]}]}],
    {ok, Module, Code} = compile:forms(Forms),
    {module, Module} = code:load_binary(Module, "long_collections_code.beam", Code),
    Self = self(),
    P = spawn(fun() -> L = {big(), Module:literal()}, Self ! {self(), ready}, receive stop -> Self ! {self(), element(2, L), sum(element(1, L))} end end),
    receive {P, ready} -> ok end,
    true = code:delete(Module),
    false = code:purge(Module),
    P ! stop,
    receive {P, Literal, N} -> io:format("~p ~p~n", [Literal, N]) end.
