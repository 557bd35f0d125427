%% What natives say of bad arguments: each is called with all combinations of some values; class, reason, the frame and the explanation
%% of OTP's error_info modules are printed where a call fails, one line for all calls of a native that fail alike.
-module(bad_arguments).
-export([main/1]).

main(_) ->
    ok = logger:set_primary_config(level, none),
    t:show([t:try_it(fun() -> nodes([], Options) end) || Options <- [#{}, #{x => true}, #{node_type => true}, #{node_type => yes}, #{connection_id => false, node_type => true}, a]]),
    [io:format("~p: ~ts~n", [tl(A), call(erlang, spawn_request, A)]) || A <- [[m, f, [a], [a | b]], [m, f, [a], bad], [fun erlang:self/0, [a | b]], [m, f, [a | b], []]]],
    [native(M, F, Arity) || M <- modules(), {F, Arity} <- natives(M)].

modules() ->
    [erlang, ets, binary, maps, lists, math, atomics, counters, persistent_term, unicode, os, re, erl_ddll, string, erl_internal].

values(1) -> [a, -1, 1, [], {a, b}, <<1, 2>>, 1.5, #{}, "ab", [a | b], 1 bsl 70, <<5:3>>, fun erlang:abs/1, make_ref(), self(), {}, 0, [{a, 1}], true, [x], infinity];
values(2) -> [a, -1, 1, [], {a, b}, <<1, 2>>, 1.5, "ab", [a | b], 1 bsl 70, <<5:3>>];
values(3) -> [a, -1, [], {a, b}, <<1, 2>>, 1.5];
values(_) -> [a, [], -1].

%% Those that do not come back, speak for themselves, or change what others see.
natives(M) ->
    {module, M} = code:ensure_loaded(M),
    Left = [halt, hibernate, setnode, crasher, display, display_string, display_nl, spawn, spawn_link, send, '!', apply, version, register, give_away, exit,
            dist_ctrl_get_data, dist_ctrl_get_data_notification, dist_ctrl_get_opt, dist_ctrl_input_handler, dist_ctrl_put_data, dist_ctrl_set_opt, dist_get_stat],
    lists:sort([{F, Arity} || {F, Arity} <- M:module_info(exports), Arity > 0, erlang:is_builtin(M, F, Arity), not lists:member(F, Left)]).

native(M, F, Arity) ->
    {Pid, Monitor} = spawn_monitor(fun() -> exit({results, [{call(M, F, A), A} || A <- combinations(Arity, values(Arity))]}) end),
    receive {'DOWN', Monitor, process, Pid, {results, Results}} -> show(M, F, Arity, Results); {'DOWN', Monitor, process, Pid, Other} -> t:show({M, F, Arity, Other}) end.

show(M, F, Arity, Results) ->
    Alike = lists:foldl(fun({Result, A}, Map) -> maps:update_with(Result, fun({First, N}) -> {First, N + 1} end, {A, 1}, Map) end, #{}, Results),
    [io:format("~w:~w/~w ~w like ~0p: ~ts~n", [M, F, Arity, N, plain(First), Result]) || {Result, {First, N}} <- lists:sort(maps:to_list(Alike))].

combinations(0, _) -> [[]];
combinations(N, Values) -> [[V | Rest] || V <- Values, Rest <- combinations(N - 1, Values)].

call(M, F, A) ->
    try apply(M, F, A) of
        _ -> "value"
    catch
        Class:Reason:Stack ->
            [{FrameM, FrameF, FrameA, Location} | _] = Stack,
            Info = proplists:get_value(error_info, Location, none),
            Explained = if is_map(Info) -> (maps:get(module, Info, FrameM)):format_error(Reason, Stack); true -> #{} end,
            Texts = [{Position, unicode:characters_to_binary(Text)} || {Position, Text} <- lists:sort(maps:to_list(Explained))],
            Passed = if FrameA =:= A -> all; is_list(FrameA) -> length(FrameA); true -> FrameA end,
            io_lib:format("~w ~0p ~w:~w ~w ~0p ~0tp", [Class, plain(Reason), FrameM, FrameF, Passed, Info, Texts])
    end.

%% Without what differs from run to run.
plain(P) when is_pid(P); is_reference(P) -> identity;
plain(T) when is_tuple(T) -> list_to_tuple(plain(tuple_to_list(T)));
plain([H | T]) -> [plain(H) | plain(T)];
plain(X) -> X.
