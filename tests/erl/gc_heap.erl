%% Garbage collection: what survives is intact, binaries and funs and maps included; garbage_collect in all ways; large live heaps; hibernation.
%% timeout: 60
-module(gc_heap).
-export([main/1, resume/1]).

main(_) ->
    Keep = keep(2000), H = erlang:phash2(Keep), [begin churn(20000), H = erlang:phash2(Keep) end || _ <- lists:seq(1, 20)], t:show(H), erlang:garbage_collect(), t:show(erlang:phash2(Keep) =:= H), process_flag(fullsweep_after, 0), churn(50000), t:show(erlang:phash2(Keep) =:= H), process_flag(fullsweep_after, 65535), put(dict, Keep), self() ! {kept, Keep}, churn(50000), erlang:garbage_collect(self(), [{type, minor}]), t:show(erlang:phash2(get(dict)) =:= H), t:show(receive {kept, K} -> erlang:phash2(K) =:= H end),
    Bins = [binary:copy(<<I>>, 100 + I) || I <- lists:seq(1, 200)], Subs = [binary:part(B, 10, 50) || B <- Bins], churn(30000), erlang:garbage_collect(), t:show(erlang:phash2({Bins, Subs})), B0 = lists:foldl(fun(I, A) -> churn(100), <<A/binary, I:32>> end, <<>>, lists:seq(1, 2000)), t:show(erlang:md5(B0)), M = lists:foldl(fun(I, A) -> churn(50), A#{I => {I, [I]}} end, #{}, lists:seq(1, 3000)), t:show(erlang:phash2(M)), F = lists:foldl(fun(I, G) -> churn(20), fun(X) -> G(X) + I end end, fun(X) -> X end, lists:seq(1, 1000)), t:show(F(1)),
    Ps = [spawn_monitor(fun() -> L = keep(300), H1 = erlang:phash2(L), [begin churn(3000), H1 = erlang:phash2(L) end || _ <- lists:seq(1, 10)], exit({ok, H1}) end) || _ <- lists:seq(1, 16)], t:show(lists:usort([receive {'DOWN', R, _, _, X} -> X end || {_, R} <- Ps])), Self = self(), {P, Rh} = spawn_monitor(fun() -> L = keep(500), erlang:hibernate(?MODULE, resume, [{Self, L}]) end), timer:sleep(30), P ! go, t:show(receive {resumed, HX} -> HX end =:= erlang:phash2(keep(500))), receive {'DOWN', Rh, _, _, W} -> t:show(W) end,
    Echo = spawn_link(fun Loop() -> receive {Fr, X} -> churn(10), Fr ! {r, X}, Loop() end end), t:show(lists:sum([begin Echo ! {self(), {I, [I, I], <<I:64>>}}, receive {r, {J, _, <<J:64>>}} -> J end end || I <- lists:seq(1, 5000)])), Big = lists:seq(1, 3000000), T = list_to_tuple(Big), t:show([element(2999999, T), lists:sum(Big), tuple_size(T)]), erlang:garbage_collect(), t:show(lists:nth(2000000, Big)), t:show([is_integer(element(2, erlang:process_info(self(), I))) || I <- [heap_size, total_heap_size, stack_size, memory, reductions]]), {garbage_collection_info, Gi} = erlang:process_info(self(), garbage_collection_info), t:show(lists:sort([Kx || {Kx, _} <- Gi])), t:show([tuple_size(T2) || T2 <- [erlang:make_tuple(100000, [])]]), Ex = (catch deep_throw(2000, Keep)), t:show(erlang:phash2(Ex) =:= H), t:show(floats(200000, 0.0, [])).

keep(N) -> [{I, atom, "string", <<I:32>>, <<I:7>>, I * 1.5, 1 bsl (60 + I rem 100), #{I => I, a => [I]}, (fun(X) -> X + I end)(I), [I | tail], {}} || I <- lists:seq(1, N)].
churn(0) -> ok;
churn(N) -> _ = [N, {N, "garbage"}, <<N:128>>, N * 1.0e100], churn(N - 1).
resume({To, L}) -> receive go -> To ! {resumed, erlang:phash2(L)} end.
deep_throw(0, X) -> throw(X);
deep_throw(N, X) -> [N | deep_throw(N - 1, X)].
floats(0, S, L) -> {S, length(L)};
floats(N, S, L) -> F = N * 1.0e-200 * 1.0e210, floats(N - 1, S + F / 1.0e10, case N rem 100 of 0 -> [F | L]; _ -> L end).
