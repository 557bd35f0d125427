%% Small messages of every kind of term arrive as they were sent, and cost a process that reads them no more than a heap of its own.
-module(small_messages).
-export([main/1]).

main(_) ->
    Kinds = [atom, 17, 1 bsl 70, -(1 bsl 200), 1.5, 1.0e-300, [], "text", [a | b], {}, {1, {2, [3]}}, #{}, #{a => [1], b => {2}},
             <<>>, <<"small">>, <<5:3>>, binary:copy(<<"large">>, 100), binary:part(binary:copy(<<"part">>, 100), 3, 200),
             make_ref(), self(), fun erlang:abs/1, fun(X) -> {X, self()} end, hd(erlang:ports()),
             binary_to_term(<<131, 88, 100, 0, 3, "a@b", 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3>>), atomics:new(1, [])],
    Echo = spawn_link(fun echo/0),
    [io:format("~b ~p~n", [N, call(Echo, Kind) =:= Kind]) || {N, Kind} <- lists:zip(lists:seq(1, length(Kinds)), Kinds)],
    %% Together, some shared, kept by the receiver over collections.
    Small = [Kind || Kind <- Kinds, erts_debug:flat_size(Kind) < 20],
    Keeper = spawn_link(fun() -> keep([]) end),
    [Keeper ! {keep, self(), {Kind, Kind}} || _ <- lists:seq(1, 50), Kind <- Small],
    Keeper ! {kept, self()},
    Kept = receive {Keeper, List} -> List end,
    io:format("~p~n", [lists:reverse(Kept) =:= lists:append(lists:duplicate(50, [{Kind, Kind} || Kind <- Small]))]),
    %% A selective receive looks at many that stay.
    [self() ! {later, N, integer_to_list(N)} || N <- lists:seq(1, 100)],
    self() ! {now, [1, 2, 3]},
    receive {now, Now} -> io:format("~p~n", [Now]) end,
    erlang:garbage_collect(),
    io:format("~p~n", [[receive {later, N, T} -> list_to_integer(T) =:= N end || N <- lists:seq(100, 1, -1)] =:= lists:duplicate(100, true)]),
    %% Ten rounds cost nothing that stays.
    Idle = spawn_link(fun echo/0),
    [call(Idle, {round, N}) || N <- lists:seq(1, 10)],
    [{memory, Memory}, {garbage_collection_info, Info}] = process_info(Idle, [memory, garbage_collection_info]),
    Old = proplists:get_value(old_heap_block_size, Info) * erlang:system_info(wordsize),  % gc-stress builds have one
    io:format("~p~n", [Memory - Old < 3500]).

call(Pid, Term) ->
    Pid ! {self(), Term},
    receive {Pid, Answer} -> Answer end.

echo() ->
    receive {From, Term} -> From ! {self(), Term}, echo() end.

keep(List) ->
    receive
        {keep, _, Term} -> keep([Term | List]);
        {kept, From} -> From ! {self(), List}
    end.
