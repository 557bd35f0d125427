%% References that went out as text or in external format and come back: to objects that live, aliases, tables.
-module(references_back).
-export([main/1]).

main(_) -> [objects(F) || F <- [fun(R) -> binary_to_term(term_to_binary(R)) end, fun(R) -> list_to_ref(ref_to_list(R)) end,
                                fun(R) -> hd(binary_to_term(term_to_binary([R, R], [compressed]))) end]], gone().

objects(F) ->
    A = atomics:new(2, []), atomics:put(A, 1, 7),
    B = F(A), atomics:add(B, 1, 1),
    t:show([B =:= A, atomics:get(A, 1), maps:get(size, atomics:info(B))]),
    T = ets:new(t, []), U = F(T), ets:insert(U, {a, 1}),
    t:show([U =:= T, ets:lookup(T, a), ets:info(U, size)]),
    persistent_term:put(kept, B), garbage_collect(), t:show(atomics:get(persistent_term:get(kept), 1)), persistent_term:erase(kept),
    Plain = make_ref(), t:show([F(Plain) =:= Plain, #{Plain => 1} =:= #{F(Plain) => 1}]),
    Alias = alias(), G = F(Alias), G ! by_alias,
    t:show([G =:= Alias, receive X -> X after 50 -> none end]),
    t:show([unalias(G), receive_after(F(Alias))]),
    {P, M} = spawn_monitor(fun() -> receive {R, ask} -> F(R) ! answer end end),
    t:show(receive Y -> Y after 0 -> none end),
    Mon = monitor(process, P, [{alias, reply_demonitor}]), P ! {Mon, ask},
    t:show([receive Z -> Z after 500 -> none end, receive {'DOWN', M, _, _, normal} -> down end]).
receive_after(R) -> R ! late, receive V -> V after 20 -> none end.

gone() ->
    Self = self(),
    {_, M} = spawn_monitor(fun() -> A = atomics:new(1, []), Self ! {bytes, term_to_binary(A), ref_to_list(A)} end),
    {B, L} = receive {bytes, B0, L0} -> {B0, L0} end,
    receive {'DOWN', M, _, _, _} -> ok end,
    timer:sleep(5),
    t:show([is_reference(binary_to_term(B)), binary_to_term(B) =:= list_to_ref(L), t:try_it(fun() -> atomics:get(binary_to_term(B), 1) end)]).
