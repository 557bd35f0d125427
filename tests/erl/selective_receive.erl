%% Messages of all kinds, taken out of the middle of the queue in an order that a model knows, with collections in between.
-module(selective_receive).
-export([main/1]).

main(_) ->
    few(),
    [t:show({How, Seed, run(How, Seed)}) || How <- [on_heap, off_heap], Seed <- lists:seq(1, 40)].

%% What was looked at stays in the queue, in front of what was taken.
few() ->
    self() ! {a, lists:seq(1, 2)}, self() ! now, self() ! {b, lists:seq(1, 3)},
    receive {b, _} -> ok end,
    receive now -> ok end,
    garbage_collect(),
    receive {a, L} -> t:show(L) end.

run(How, Seed) ->
    Self = self(),
    {_, Monitor} = spawn_opt(fun() -> rand:seed(exsss, {Seed, 2, 3}), Self ! {done, steps(400, [])} end, [monitor, {message_queue_data, How}]),
    receive {done, Sum} -> receive {'DOWN', Monitor, _, _, Reason} -> {Reason, Sum} end; {'DOWN', Monitor, _, _, Reason} -> Reason end.

steps(0, Waiting) -> {length(Waiting), erlang:phash2([take(I) || {I, _} <- Waiting])};
steps(N, Waiting) ->
    case rand:uniform(8) of
        K when K =< 3 ->
            Message = message(N, rand:uniform(6)),
            self() ! Message,
            steps(N - 1, Waiting ++ [{N, erlang:phash2(Message)}]);
        K when K =< 6, Waiting =/= [] ->
            {I, Hash} = lists:nth(rand:uniform(length(Waiting)), Waiting),
            Hash = erlang:phash2(take(I)),
            steps(N - 1, lists:keydelete(I, 1, Waiting));
        7 -> garbage_collect(), steps(N - 1, Waiting);
        _ -> echo(N), steps(N - 1, Waiting)
    end.

message(I, 1) -> I;
message(I, 2) -> {I, lists:seq(1, I rem 50)};
message(I, 3) -> {I, binary:copy(<<I:16>>, 100)};
message(I, 4) -> {I, I bsl 70, <<I:13>>};
message(I, 5) -> [I | integer_to_list(I)];
message(I, 6) -> {I, #{key => I, float(I) => [{I}]}}.

take(I) -> receive I -> I; M when element(1, M) =:= I -> M; [I | _] = M -> M end.

%% A reply that is marked by a new reference: the queue in front of it is skipped.
echo(N) ->
    Server = spawn_link(fun() -> receive {From, Ref, X} -> From ! {Ref, [X]} end end),
    Ref = monitor(process, Server),
    Server ! {self(), Ref, N},
    receive {Ref, [N]} -> demonitor(Ref, [flush]) end.
