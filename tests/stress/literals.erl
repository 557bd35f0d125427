%% flags: +S 4:4
%% Literals: persistent terms and constants of modules are replaced, erased and purged while processes hold parts of them on their heaps, in messages,
%% dictionaries, funs and tables. What must come out: every part stays whole, and no literal area is left over.
-module(literals).
-export([main/1]).

-define(WORKERS, 6).
-define(KEYS, 4).

main(_) ->
    Deadline = stress:deadline(4000),
    Table = ets:new(parts, [public, ordered_set]),
    Workers = [spawn_monitor(fun() -> worker(N, Table, Deadline) end) || N <- lists:seq(1, ?WORKERS)],
    Pids = list_to_tuple([P || {P, _} <- Workers]),
    [P ! {peers, Pids} || {P, _} <- Workers],
    {Upgrader, UM} = spawn_monitor(fun() -> rand:seed(exsss, {1, 2, 3}), upgrades(Deadline, 1) end),
    t:show([receive {'DOWN', M, process, P, R} -> R end || {P, M} <- [{Upgrader, UM} | Workers]]),
    [persistent_term:erase({literals, K}) || K <- lists:seq(1, ?KEYS)],
    ets:delete(Table).

worker(N, Table, Deadline) ->
    rand:seed(exsss, {N, N, 11}),
    receive {peers, Peers} -> loop(N, Peers, Table, Deadline, []) end.

%% Held: parts, each with the hash that it must have.
loop(N, Peers, Table, Deadline, Held0) ->
    Held = lists:sublist(Held0, 40),
    case stress:passed(Deadline) of
        true -> [check(H) || H <- Held], ok;
        false -> loop(N, Peers, Table, Deadline, step(N, Peers, Table, Held, rand:uniform(16)))
    end.

step(N, _, _, Held, K) when K =< 2 -> persistent_term:put(key(), value(N)), Held;
step(_, _, _, Held, 3) -> persistent_term:erase(key()), Held;
step(_, _, _, Held, K) when K =< 6 -> [part(persistent_term:get(key(), {[], 0})) | Held];
step(_, _, _, Held, K) when K =< 8 -> [part(constant()) | Held];
step(_, Peers, _, [H | Held], 9) -> element(rand:uniform(?WORKERS), Peers) ! {part, H}, Held;
step(_, _, _, Held, 10) -> receive {part, H} -> check(H), [H | Held] after 0 -> Held end;
step(_, _, Table, [H | Held], 11) -> ets:insert(Table, {rand:uniform(20), H}), Held;
step(_, _, Table, Held, 12) -> case ets:lookup(Table, rand:uniform(20)) of [{_, H}] -> check(H), [H | Held]; [] -> Held end;
step(_, _, _, [H | Held], 13) -> put(rand:uniform(5), H), F = fun(X) -> {element(1, H), X} end, [{element(1, F(1)), element(2, H)} | Held];
step(_, _, _, Held, 14) -> [check(H) || H <- Held], [check(H) || {I, H} <- get(), is_integer(I)], Held;
step(_, _, _, Held, 15) -> garbage_collect(), Held;
step(_, _, _, Held, _) -> [{[T, T], erlang:phash2([T, T])} || {T, _} <- lists:sublist(Held, 2)] ++ lists:nthtail(min(2, length(Held)), Held).

check({T, Hash}) -> Hash = erlang:phash2(T), ok.
key() -> {literals, rand:uniform(?KEYS)}.

%% Some part of a value, with its hash now. The value's own hash tells whether it was whole.
part({T, Hash}) ->
    case T of [] -> ok; _ -> Hash = erlang:phash2(T) end,
    Part = inside(T, rand:uniform(4)),
    {Part, erlang:phash2(Part)}.
inside(T, 0) -> T;
inside([H | _], K) -> inside(H, K - 1);
inside(T, K) when is_tuple(T), tuple_size(T) > 0 -> inside(element(tuple_size(T), T), K - 1);
inside(M, K) when is_map(M), map_size(M) > 0 -> inside(hd(maps:values(M)), K - 1);
inside(T, _) -> T.

value(N) ->
    R = rand:uniform(1000),
    T = case rand:uniform(6) of
        1 -> lists:seq(R, R + 200);
        2 -> {N, #{a => {R, binary:copy(<<R:16>>, 200)}, "b" => [R * 1.5]}};
        3 -> maps:from_list([{I, {I, [R]}} || I <- lists:seq(1, 50)]);
        4 -> [{R bsl 100, fun erlang:abs/1, fun(X) -> {X, R} end} | improper];
        5 -> binary:copy(<<R:32>>, 100);
        6 -> {R, [part(constant())]}
    end,
    {T, erlang:phash2(T)}.

%% ---- a module of constants, of which there is another version all the time
constant() -> try literals_constants:value() catch error:undef -> {[], 0} end.

upgrades(Deadline, V) ->
    T = {V, lists:seq(1, 100), #{V => {"constant", [V]}}, <<V:256>>},
    Value = {T, erlang:phash2(T)},
    Forms = [{attribute, 1, module, literals_constants}, {attribute, 1, export, [{value, 0}]},
             {function, 1, value, 0, [{clause, 1, [], [], [erl_parse:abstract(Value)]}]}],
    {ok, M, Beam} = compile:forms(Forms, [deterministic]),
    code:purge(M),
    {module, M} = code:load_binary(M, "literals_constants", Beam),
    receive after rand:uniform(5) -> ok end,
    case stress:passed(Deadline) of true -> code:purge(M), code:delete(M), code:purge(M), ok; false -> upgrades(Deadline, V + 1) end.
