%% flags: +S 4:4
%% Natives that take long, while others kill, suspend, collect, ask, trace and write to the processes that call them. What must come out: each
%% result as it would be alone, and nobody is left over.
%% (OTP 25.2.3 hangs in this, so what must be printed is written down.)
-module(long_natives).
-export([main/1]).

-define(WORKERS, 6).

main(_) ->
    process_flag(trap_exit, true),
    Before = length(processes()),
    Calls = calls(),
    Deadline = stress:deadline(4000),
    Table = ets:new(workers, [public]),
    [begin start(N, Calls, Table, Deadline) end || N <- lists:seq(1, ?WORKERS)],
    Harassers = [spawn_monitor(fun() -> rand:seed(exsss, {N, 4, 4}), harass(Table, Deadline) end) || N <- lists:seq(1, 2)],
    keep(Calls, Table, Deadline, ?WORKERS),
    t:show([receive {'DOWN', M, process, P, R} -> R end || {P, M} <- Harassers]),
    stress:wait_until(fun() -> length(processes()) =:= Before end),
    t:show(nobody_left).

%% Who was killed is replaced; whoever ends by himself has seen the deadline.
keep(_, _, _, 0) -> ok;
keep(Calls, Table, Deadline, Left) ->
    receive {'EXIT', P, Reason} ->
        case {ets:lookup(Table, P), Reason} of
            {[{P, N}], killed} -> ets:delete(Table, P), start(N, Calls, Table, Deadline), keep(Calls, Table, Deadline, Left);
            {[{P, _}], normal} -> ets:delete(Table, P), keep(Calls, Table, Deadline, Left - 1);
            {_, Wrong} -> t:show(Wrong), keep(Calls, Table, Deadline, Left - 1)
        end
    end.

start(N, Calls, Table, Deadline) ->
    P = spawn_link(fun() -> receive go -> rand:seed(exsss, {N, erlang:unique_integer([positive]), 1}), work(Calls, Deadline) end end),
    ets:insert(Table, {P, N}),
    P ! go.

work(Calls, Deadline) ->
    case stress:passed(Deadline) of
        true -> ok;
        false ->
            {Call, Hash} = lists:nth(rand:uniform(length(Calls)), Calls),
            Hash = erlang:phash2(Call()),
            receive {note, _} -> ok after 0 -> ok end,
            work(Calls, Deadline)
    end.

calls() ->
    List = lists:seq(1, 200000),
    Binary = binary:copy(<<"some words, and more: ">>, 20000),
    Term = [{I, integer_to_list(I), #{I => I * 1.0}} || I <- lists:seq(1, 15000)],
    Coded = term_to_binary(Term),
    Big = 1 bsl 200000 - 12345,
    Table = ets:new(big, [public, {read_concurrency, true}]),
    ets:insert(Table, Term),
    [{F, erlang:phash2(F())} || F <- [
        fun() -> length(List ++ List) end,
        fun() -> List -- lists:seq(1, 200000, 3) end,
        fun() -> lists:reverse(List) end,
        fun() -> lists:member(0, List) end,
        fun() -> lists:keyfind(0, 1, Term) end,
        fun() -> term_to_binary(Term) end,
        fun() -> binary_to_term(Coded) end,
        fun() -> erlang:external_size(Term) end,
        fun() -> binary:split(Binary, <<", ">>, [global]) end,
        fun() -> binary:matches(Binary, [<<"and">>, <<"words">>, <<"zzz">>]) end,
        fun() -> re:run(Binary, "mor[e]: $", [{capture, all, index}]) end,
        fun() -> re:run(Binary, "(?:so|an|x)+\\w*", [global, {capture, first, index}]) end,
        fun() -> erlang:md5(Binary) end,
        fun() -> {erlang:crc32(Binary), erlang:adler32(Binary)} end,
        fun() -> unicode:characters_to_list(Binary) end,
        fun() -> unicode:characters_to_binary([Binary, List]) end,
        fun() -> iolist_to_binary([Binary, [Binary | Binary]]) end,
        fun() -> list_to_binary(binary_to_list(Binary)) end,
        fun() -> Big * Big rem 1000007 end,
        fun() -> integer_to_binary(Big) end,
        fun() -> lists:sort(ets:select(Table, [{{'$1', '_', '_'}, [{'>', '$1', 100}], ['$1']}])) end,
        fun() -> ets:select_count(Table, [{{'$1', '_', '_'}, [{'<', '$1', 100}], [true]}]) end,
        fun() -> length(ets:tab2list(Table)) end,
        fun() -> maps:size(maps:from_list([{K, V} || {K, V, _} <- Term])) end,
        fun() -> erts_debug:flat_size(Term) end,
        fun() -> Term =:= binary_to_term(Coded) end,
        fun() -> zlib:uncompress(zlib:compress(Binary)) end,
        fun() -> list_to_tuple(List) end,
        fun() -> garbage_collect(), length(List) end]].

harass(Table, Deadline) ->
    case stress:passed(Deadline) of
        true -> erlang:trace(all, false, [all]), ok;
        false ->
            Ps = [P || {P, _} <- ets:tab2list(Table)],
            Ps =:= [] orelse torment(lists:nth(rand:uniform(length(Ps)), Ps), rand:uniform(9)),
            receive {trace, _, _, _} -> ok; {trace, _, _, _, _} -> ok after rand:uniform(3) -> ok end,
            flush(),
            harass(Table, Deadline)
    end.

torment(P, 1) -> exit(P, kill);
torment(P, 2) -> catch begin erlang:suspend_process(P), erlang:yield(), erlang:resume_process(P) end;
torment(P, 3) -> garbage_collect(P);
torment(P, 4) -> process_info(P, [current_stacktrace, messages, memory, reductions, status, dictionary]);
torment(P, 5) -> process_info(P, backtrace);
torment(P, 6) -> P ! {note, lists:seq(1, 10)};
torment(P, 7) -> catch erlang:trace(P, true, [running, garbage_collection]), catch erlang:trace(P, false, [all]);
torment(P, 8) -> catch erlang:check_process_code(P, long_natives);
torment(P, 9) -> catch begin erlang:suspend_process(P, [asynchronous]), garbage_collect(P), process_info(P, status), erlang:resume_process(P) end.

flush() -> receive M when element(1, M) =:= trace -> flush() after 0 -> ok end.
