%% Tables whose heirs, names and owners change at awkward times; what info says of options for tests; sharing in persistent terms.
-module(ets_identity).
-export([main/1]).

main(_) ->
    erts_debug:set_internal_state(available_internal_state, true),
    t:show(heir_with_the_same_pid(200)),
    t:show([locks(O) || O <- [[{write_concurrency, {debug_hash_fixed_number_of_locks, N}}] || N <- [1, 64, 1024, 2049]]
                           ++ [[private, {write_concurrency, {debug_hash_fixed_number_of_locks, 64}}],
                               [{write_concurrency, {debug_hash_fixed_number_of_locks, 64}}, {write_concurrency, true}]]]),
    t:show([binaries(Type, Protection) || Type <- [set, ordered_set, bag], Protection <- [private, protected, public]]),
    t:show(renamed_while_inserting()),
    T = ets:new(x, [ordered_set, public, {write_concurrency, true}]),
    t:show([t:try_it(fun() -> erts_debug:set_internal_state(ets_force_split, X) end) || X <- [{T, true}, {T, maybe}, {ets:new(x, []), true}, T]]),
    Keys = [erlang:phash2(N) || N <- lists:seq(1, 3000)],
    [ets:insert(T, {K, K}) || K <- Keys],
    t:show(erts_debug:set_internal_state(ets_force_split, {T, false})),
    t:show(ets:tab2list(T) =:= [{K, K} || K <- lists:usort(Keys)]),
    [ets:delete(T, K) || K <- Keys],
    t:show({ets:info(T, size), ets:first(T)}),
    t:show(length(erts_debug:set_internal_state(colliding_names, {ets_identity, 5}))),
    t:show(erlang:system_info(ets_always_compress)),
    sharing(),
    ok.

%% The heir of a table is a process, not whoever gets its pid.
heir_with_the_same_pid(0) -> never_the_same_pid;
heir_with_the_same_pid(Tries) ->
    Next = erts_debug:get_internal_state(next_pid),
    {Owner, OwnerRef} = spawn_monitor(fun() -> receive {'ETS-TRANSFER', _, _, _} -> ok end end),
    {Heir, Ref} = spawn_monitor(fun() -> receive die -> ok end end),
    T = ets:new(heirloom, [public, {heir, Heir, data}]),
    Heir ! die,
    receive {'DOWN', Ref, _, _, _} -> ok end,
    erts_debug:set_internal_state(next_pid, Next),
    Double = double(Heir, self(), 10),
    ets:give_away(T, Owner, x),
    receive {'DOWN', OwnerRef, _, _, _} -> ok end,
    if Double -> Heir ! nothing, {receive {got, G} -> G end, ets:info(T)}; true -> heir_with_the_same_pid(Tries - 1) end.

double(_, _, 0) -> false;
double(Pid, Me, Tries) ->
    case spawn(fun() -> self() =:= Pid andalso receive Any -> Me ! {got, Any} end end) of
        Pid -> true;
        _ -> double(Pid, Me, Tries - 1)
    end.

locks(Options) ->
    T = ets:new(x, [public | Options]),
    ets:insert(T, [{N} || N <- lists:seq(1, 1000)]),
    [ets:info(T, I) || I <- [write_concurrency, decentralized_counters, size]].

binaries(Type, Protection) ->
    Big = binary:copy(<<1>>, 1000),
    Me = self(),
    Owner = spawn(fun() ->
                          T = ets:new(x, [Type, Protection]),
                          ets:insert(T, [{1, Big}, {2, [Big | Big]}, {3, small}]),
                          Me ! T,
                          receive stop -> ok end
                  end),
    T = receive X -> X end,
    Found = ets:info(T, binary),
    Owner ! stop,
    {length(Found), lists:usort([Size || {_, Size, _} <- Found])}.

%% A long insert by a name that the table has no longer at the end inserts nothing, or was there before.
renamed_while_inserting() ->
    T = ets:new(before, [named_table, public]),
    Renamer = spawn_link(fun() -> receive go -> ok end, [ets:rename(A, B) || _ <- lists:seq(1, 500), {A, B} <- [{before, later}, {later, before}]] end),
    Ref = monitor(process, Renamer),
    Renamer ! go,
    Inserted = [catch ets:insert(before, [{{I, N}} || N <- lists:seq(1, 3000)]) || I <- [1, 2, 3]],
    receive {'DOWN', Ref, _, _, _} -> ok end,
    ets:info(T, size) =:= 3000 * length([ok || true <- Inserted]).

sharing() ->
    Shared = lists:foldl(fun(_, A) -> [A | A] end, [<<1:1000>>], lists:seq(1, 12)),
    persistent_term:put({?MODULE, Shared}, {Shared, #{a => Shared}}),
    Value = persistent_term:get({?MODULE, Shared}),
    t:show({erts_debug:size(Value) =:= erts_debug:size({Shared, #{a => Shared}}), Value =:= {Shared, #{a => Shared}}}),
    persistent_term:erase({?MODULE, Shared}).
