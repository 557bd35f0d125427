%% Funs: closures, external and local funs, recursion by name, arity errors, fun_info, comparison, sending.
-module(funs).
-export([main/1, exported/2]).

main(_) ->
    N = id(10), L = id([a, b]),
    F = fun(X) -> X + N end,
    G = fun(X, Y) -> {X, Y, N, L} end,
    t:show([F(1), G(1, 2), (fun() -> L end)(), (fun exported/2)(1, 2), (fun local/1)(3), (fun ?MODULE:exported/2)(4, 5), (fun erlang:abs/1)(-3)]),
    t:show([is_function(X, A) || X <- [F, G, fun local/1, fun lists:map/2], A <- [0, 1, 2]]),
    Fact = fun Fa(0) -> 1; Fa(K) -> K * Fa(K - 1) end,
    t:show([Fact(5), Fact(30)]),
    t:show([element(1, element(2, t:try_it(fun() -> (id(F))(1, 2) end))), t:try_it(fun() -> (id(x))(1) end), t:try_it(fun() -> (id(fun foo:bar/1))(1) end), t:try_it(fun() -> (id({a, b}))(1) end)] -- [nothing]),
    t:show([erlang:fun_info(fun lists:map/2, I) || I <- [module, name, arity, type, env]]),
    t:show([erlang:fun_info(F, I) || I <- [module, arity, type, env]]),
    t:show([element(1, erlang:fun_info(F, I)) || I <- [index, uniq, new_index, new_uniq, refc, pid, name]]),
    t:show([F =:= F, F =:= id(F), fun local/1 =:= fun local/1, fun lists:map/2 =:= fun lists:map/2, F == fun(X) -> X + N end]),
    t:show(adders([1, 2, 3])),
    t:show((compose([fun(X) -> X * 2 end, fun(X) -> X + 1 end, fun integer_to_list/1]))(5)),
    t:show([erlang:fun_to_list(fun lists:map/2), io_lib:format("~w", [fun lists:map/2])]),
    Self = self(),
    Pid = spawn_link(fun() -> receive {Fun, From} -> From ! Fun(32) end end),
    Pid ! {fun(X) -> {X + N, Self =:= Self, L} end, Self},
    t:show(receive R -> R end),
    t:show((binary_to_term(term_to_binary(F)))(5)),
    t:show((binary_to_term(term_to_binary(fun ?MODULE:exported/2)))(5, 6)),
    t:show(erlang:make_fun(lists, reverse, 1) =:= fun lists:reverse/1),
    t:show(apply(fun(A, B) -> A - B end, [5, 3])),
    t:show(t:try_it(fun() -> apply(fun(A, B) -> A - B end, [5]) end) =/= ok),
    t:show([apply(M, Fn, A) || {M, Fn, A} <- [{lists, reverse, [[1, 2]]}, {erlang, '+', [1, 2]}, {?MODULE, exported, [1, 2]}]]),
    t:show(t:try_it(fun() -> apply(id(?MODULE), id(local), [1]) end)),
    t:show(t:try_it(fun() -> (id(nomodule)):foo(1) end)),
    t:show(t:try_it(fun() -> (id(1)):foo(1) end)),
    t:show(t:try_it(fun() -> apply(lists, map, [a | b]) end)),
    t:show(ycomb(10)),
    t:show(church(7)),
    t:show(lists:foldl(fun(Fun, A) -> Fun(A) end, 0, [fun(X) -> X + I end || I <- lists:seq(1, 1000)])),
    t:show(many(1, 2, 3, 4, 5, 6)).

id(X) -> X.
exported(A, B) -> {exported, A, B}.
local(X) -> {local, X}.

adders(Ns) -> [F(100) || F <- [fun(X) -> X + N end || N <- Ns]].
compose(Fs) -> lists:foldl(fun(F, G) -> fun(X) -> F(G(X)) end end, fun(X) -> X end, Fs).

ycomb(N) ->
    Y = fun(F) -> (fun(X) -> X(X) end)(fun(X) -> F(fun(V) -> (X(X))(V) end) end) end,
    (Y(fun(Self) -> fun(0) -> 0; (K) -> K + Self(K - 1) end end))(N).

church(N) ->
    Succ = fun(C) -> fun(F) -> fun(X) -> F((C(F))(X)) end end end,
    Zero = fun(_) -> fun(X) -> X end end,
    C = lists:foldl(fun(_, A) -> Succ(A) end, Zero, lists:seq(1, N)),
    (C(fun(X) -> X + 1 end))(0).

many(A, B, C, D, E, F) ->
    G = fun(G1, G2, G3, G4, G5, G6, G7) -> [A, B, C, D, E, F, G1, G2, G3, G4, G5, G6, G7] end,
    G(7, 8, 9, 10, 11, 12, 13).
