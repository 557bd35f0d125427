%% Exact stacktraces: functions, arities or arguments, files, lines; tail calls leave no frame; raise keeps what it is given.
-module(stacktrace_exact).
-export([main/1, undef_target/0]).

main(_) ->
    Fs = [fun() -> a(1) end, fun() -> tail(5) end, fun() -> lists:map(fun(X) -> 1 / X end, [1, 0]) end, fun() -> clause(z, 1) end,
          fun() -> ?MODULE:nope(1, 2) end, fun() -> nomod:nope([x]) end, fun() -> atom_to_list(id(1)) end, fun() -> element(5, id({a})) end,
          fun() -> error(my, [1, 2]) end, fun() -> erlang:error(my, none) end, fun() -> throw(ball) end, fun() -> exit(reason) end,
          fun() -> erlang:raise(error, again, [{mod, fun_, 3, [{line, 7}, {file, "f"}]}, {m2, f2, [x]}]) end,
          fun() -> lists:foldl(fun(X, A) -> A + X end, 0, [1, a]) end, fun() -> lists:nth(5, [1]) end, fun() -> (id(fun(X) -> X end))() end,
          fun() -> (id(a))(1) end, fun() -> apply(id(lists), id(nofun), [1]) end, fun() -> maps:get(a, #{}) end, fun() -> binary_to_atom(id(1)) end,
          fun() -> badmatch(1) end, fun() -> badcase(1) end, fun() -> badif(1) end, fun() -> badtry(1) end, fun() -> badrec(1) end, fun() -> rethrow() end,
          fun() -> #{a := _} = id(#{}) end, fun() -> <<(id(300)):(id(a))>> end, fun() -> length(id([a | b])) end, fun() -> id(1) + id(a) end,
          fun() -> ets:lookup(no_table, 1) end, fun() -> list_to_integer("x") end, fun() -> self() ! 1, no_such_name ! 1 end, fun() -> spawn(1, 2, 3) end,
          fun() -> lists:reverse(id(a)) end, fun() -> lists:keyfind(1, 0, []) end, fun() -> deep(60) end, fun() -> register(undefined, self()) end,
          fun() -> io_lib:format("~p ~q", [1]) end, fun() -> gen_server:call(nobody, x) end],
    [show(N, F) || {N, F} <- lists:zip(lists:seq(1, length(Fs)), Fs)],
    Old = erlang:system_flag(backtrace_depth, 3),
    show(deep3, fun() -> deep(60) end),
    erlang:system_flag(backtrace_depth, 0),
    show(deep0, fun() -> deep(60) end),
    io:format("~p~n", [erlang:system_flag(backtrace_depth, Old)]).

id(X) -> X.

show(N, F) ->
    try F() of
        V -> io:format("~p value ~p~n", [N, V])
    catch
        C:R:S ->
            io:format("~p ~p ~0p~n", [N, C, strip(R)]),
            [io:format("   ~p:~p/~p ~0p~n", [M, Fun, strip(A), Loc]) || {M, Fun, A, Loc} <- S, M =/= t]
    end.

strip(F) when is_function(F) -> a_fun;
strip(T) when is_tuple(T) -> list_to_tuple([strip(X) || X <- tuple_to_list(T)]);
strip([H | T]) -> [strip(H) | strip(T)];
strip(P) when is_pid(P) -> a_pid;
strip(X) -> X.

a(X) -> 1 + b(X).
b(X) ->
    Y = c(X) * 2,
    Y + 1.
c(X) ->
    hd(id(X)).

tail(0) -> error(bottom);
tail(N) -> tail(N - 1).

clause(a, _) -> 1;
clause(b, X) when X > 1 -> 2.

undef_target() -> ok.

badmatch(X) ->
    {ok, Y} = id(X),
    Y.
badcase(X) ->
    case id(X) of
        2 -> ok
    end.
badif(X) ->
    if
        X > 1 -> ok
    end.
badtry(X) ->
    try id(X) of
        2 -> ok
    catch
        _:_ -> no
    end.
-record(r, {f}).
badrec(X) ->
    X1 = id(X),
    X1#r.f.

rethrow() ->
    try
        a(1)
    catch
        C:R:S ->
            erlang:raise(C, {wrapped, R}, S)
    end.

deep(0) -> error(deep);
deep(N) -> [N | deep(N - 1)].
