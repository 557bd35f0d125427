%% erts_debug:get_internal_state/1 and set_internal_state/2, dirty natives, and what they show.
-module(internal_state).
-export([main/1]).

main(_) ->
    t:show(t:try_it(fun() -> erts_debug:get_internal_state(reds_left) end)),
    t:show(t:try_it(fun() -> erts_debug:set_internal_state(reds_left, 1) end)),
    t:show(erts_debug:set_internal_state(available_internal_state, true)),
    t:show([erts_debug:set_internal_state(K, V) || {K, V} <- [{available_internal_state, true}, {wait, deallocations}, {wait, thread_progress},
        {sleep, 1}, {block, 1}, {force_gc, self()}, {mbuf, {a, [b], <<1>>}}, {fill_heap, true}]]),
    t:show(wait_for_exit(fun() -> [erts_debug:set_internal_state(gc_state, On) || On <- [true, false, false, true]] end)),
    t:show([t:try_it(fun() -> erts_debug:set_internal_state(K, V) end) || {K, V} <- [{wait, x}, {sleep, x}, {no_such_item, 1}, {gc_state, x}]]),
    t:show([t:try_it(fun() -> erts_debug:get_internal_state(K) end) || K <- [no_such_item, {no_such_item, 1}, {process_status, x}]]),
    %% reductions
    true = erts_debug:set_internal_state(reds_left, 1000),
    Left = erts_debug:get_internal_state(reds_left), t:show(Left > 900 andalso Left =< 1000),
    %% processes
    {P, M} = spawn_monitor(fun() -> receive stop -> ok end end), link(P), until(fun() -> status(P) =:= waiting end),
    t:show([status(self()), status(P), lists:sort(erts_debug:get_internal_state(processes)) =:= lists:sort(processes())]),
    t:show([{erl_link, process, P, linked} =:= setelement_drop(L) || L <- erts_debug:get_internal_state({link_list, self()}), element(3, L) =:= P]),
    t:show(lists:sort([tuple_to_list(X) =:= [erl_monitor, process, origin, M, P, []] || X <- erts_debug:get_internal_state({monitor_list, self()})])),
    Me = self(),
    t:show(lists:sort([tuple_to_list(X) =:= [erl_monitor, process, target, M, Me, []] || X <- erts_debug:get_internal_state({monitor_list, P})])),
    P ! stop, receive {'DOWN', M, _, _, _} -> ok end, until(fun() -> status(P) =:= undefined end),
    t:show([X || X <- erts_debug:get_internal_state(process_info_args), element(1, hd(process_info(self(), [X]))) =/= X]),
    %% terms
    t:show([element(1, erts_debug:get_internal_state({binary_info, binary:copy(<<7>>, 100)})), erts_debug:get_internal_state({internal_hash, {1, 2}}) >= 0]),
    t:show([erts_debug:get_internal_state({atom, N}) =:= erts_debug:get_internal_state({atom, N}) || N <- [0, 10, 100]]),
    t:show([{erts_debug:flat_size(N), erts_internal:term_type(N)} || N <- [1 bsl 59 - 1, 1 bsl 59, -(1 bsl 59), -(1 bsl 59) - 1, 1 bsl 60, 1 bsl 64]]),
    t:show([t:try_it(fun() -> erts_debug:map_info(X) end) || X <- [#{}, a, #{a => 1}, maps:from_list([{I, I} || I <- lists:seq(1, 40)]), maps:from_list([{I, I} || I <- lists:seq(1, 5000)])]]),
    t:show(maps:keys(erts_debug:get_internal_state(persistent_term))),
    %% strictly monotonic integers over all their limits
    Min = erts_debug:get_internal_state(min_unique_monotonic_integer), t:show(Min),
    Old = erts_debug:get_internal_state(unique_monotonic_integer_state),
    [begin erts_debug:set_internal_state(unique_monotonic_integer_state, N - Min - 1), t:show([erlang:unique_integer([monotonic]) || _ <- [1, 2, 3, 4]]) end
        || N <- [Min + 1, -2, 1 bsl 59 - 2, 1 bsl 60 - 2, 1 bsl 63 - 2, Min + ((1 bsl 64) - 2)]],
    erts_debug:set_internal_state(unique_monotonic_integer_state, Old),
    %% dirty schedulers
    t:show([erts_debug:F(scheduler, type) || F <- [dirty_cpu, dirty_io]] ++ [erts_debug:dirty(T, scheduler, type) || T <- [normal, dirty_cpu, dirty_io]]),
    t:show([erts_debug:dirty_cpu(wait, 1), erts_debug:dirty_io(reschedule, 20), erts_debug:dirty(normal, reschedule, 8), length(erts_debug:dirty_cpu(copy, {a, "b"}))]),
    t:show([t:try_it(fun() -> erts_debug:dirty_io(error, R) end) || R <- [badarg, badarith, undef, noproc, other]]),
    t:show(t:try_it(fun() -> erts_debug:dirty_io(reschedule, 7) end)),
    t:show(erts_debug:set_internal_state(available_internal_state, false)),
    t:show(t:try_it(fun() -> erts_debug:get_internal_state(available_internal_state) end)).

wait_for_exit(F) -> {_, M} = spawn_monitor(fun() -> exit(F()) end), receive {'DOWN', M, _, _, R} -> R end.
status(P) -> erts_debug:get_internal_state({process_status, P}).
setelement_drop(L) -> {element(1, L), element(2, L), element(3, L), element(4, L)}.
until(F) -> case F() of true -> ok; false -> receive after 1 -> until(F) end end.
