%% try, catch, after, raise: every class, nesting, rethrow, values of each form.
-module(exceptions_classes).
-export([main/1]).

main(_) ->
    Kinds = [fun() -> ok end, fun() -> throw(t) end, fun() -> error(e) end, fun() -> exit(x) end, fun() -> erlang:error(e, [a, b]) end, fun() -> exit(normal) end,
             fun() -> erlang:raise(throw, r, []) end, fun() -> erlang:raise(error, r, [{m, f, 1, []}]) end, fun() -> erlang:raise(exit, r, []) end, fun() -> hd(id([])) end,
             fun() -> erlang:raise(bad, r, []) end, fun() -> erlang:raise(error, r, bad) end, fun() -> erlang:error({a, b}, none) end, fun() -> erlang:nif_error(nif) end],
    [t:show({all, all(F)}) || F <- Kinds],
    [t:show({some, some(F)}) || F <- Kinds],
    [t:show({old, old(F)}) || F <- Kinds],
    [t:show({'after', after_(F)}) || F <- Kinds],
    [t:show({nested, nested(F)}) || F <- Kinds],
    t:show(of_clause(1)), t:show(of_clause(2)), t:show(t:try_it(fun() -> of_clause(3) end)), t:show(t:try_it(fun() -> of_clause(4) end)),
    t:show(try try throw(a) catch throw:a -> throw(b) end catch throw:X1 -> X1 end),
    t:show(try try throw(a) after self() ! after_ran end catch throw:X2 -> {X2, receive after_ran -> yes after 0 -> no end} end),
    t:show(try try error(a) after throw(b) end catch C3:X3 -> {C3, X3} end),
    t:show(catch throw({thrown, 1})),
    t:show(element(1, catch error(oops))),
    t:show(catch exit(bye)),
    t:show([catch throw(N) || N <- [1, 2, 3]]),
    t:show(deep(10000)),
    t:show(loop(1000, 0)),
    t:show(guards(fun() -> throw({num, 5}) end)), t:show(guards(fun() -> throw({num, -5}) end)), t:show(guards(fun() -> error(badarg) end)), t:show(guards(fun() -> exit({shutdown, x}) end)),
    t:show(vars(3)), t:show(vars(a)),
    t:show(get()).

id(X) -> X.

all(F) ->
    try F() of
        V -> {value, V}
    catch
        C:R -> {C, R}
    end.

some(F) ->
    try
        try F() catch throw:R -> {thrown, R}; error:e -> error_e end
    catch
        exit:R2 -> {exit_outside, R2};
        C:R2 -> {other, C, R2}
    end.

old(F) ->
    case catch F() of
        {'EXIT', {R, S}} when is_list(S) -> {exit_with_stack, R};
        {'EXIT', R} -> {exit, R};
        V -> V
    end.

after_(F) ->
    put(log, []),
    R = try
            try F(), put(log, [ran | get(log)]) after put(log, [after1 | get(log)]) end
        catch
            C:E -> {C, E}
        after
            put(log, [after2 | get(log)])
        end,
    {R, erase(log)}.

nested(F) ->
    try
        try
            try F() catch error:e -> caught1 end
        catch
            throw:t -> caught2;
            exit:x -> error(from_exit)
        end
    catch
        error:from_exit -> caught3;
        _:Other -> {outer, Other}
    end.

of_clause(N) ->
    try N of
        1 -> one;
        2 -> throw_in_handler(catch throw(two));
        3 -> throw(three)
    catch
        throw:three -> must_not_catch_of_body
    end.

throw_in_handler(X) -> {handled, X}.

deep(0) -> ok;
deep(N) ->
    try deep(N - 1) catch _:_ -> never end.

loop(0, S) -> S;
loop(N, S) ->
    R = try if N rem 3 =:= 0 -> throw(N); N rem 3 =:= 1 -> error(N); true -> N end
        catch throw:X -> X * 2; error:X -> X * 3 end,
    loop(N - 1, S + R).

guards(F) ->
    try F() catch
        throw:{num, N} when N > 0 -> positive;
        throw:{num, _} -> other_number;
        error:R when R =:= badarg; R =:= badarith -> bad;
        exit:{shutdown, _} -> shutdown
    end.

vars(X) ->
    A = {X, before},
    B = try X + 1 of V -> {ok, V, A} catch error:badarith -> {bad, A} end,
    {A, B}.
