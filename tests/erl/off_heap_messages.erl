%% Messages of a process with message_queue_data off_heap that receives pass over again and again: whole, and no part of its heap.
-module(off_heap_messages).
-export([main/1]).

main(_) ->
    [t:show(passed_over(Where)) || Where <- [on_heap, off_heap]],
    t:show(no_part_of_the_heap()),
    t:show(changed()).

message(N) ->
    Binary = binary:copy(<<N:16>>, 50),
    {N, Binary, binary:part(Binary, 2, 90), lists:seq(1, N rem 50), #{key => <<Binary/binary, N:5>>}, self()}.

%% Taken out in another order than they came, with guards that build something; collections in between.
passed_over(Where) ->
    Self = self(),
    Pid = spawn_opt(fun() ->
        receive start -> ok end,
        Order = [N || R <- lists:seq(0, 6), N <- lists:seq(1, 700), N rem 7 =:= R],
        Right = [begin
            N rem 100 =:= 0 andalso garbage_collect(),
            M = receive
                {N, B, _, L, #{key := <<_:800, K:5>>}, _} = Found when <<B/binary, B/binary>> > <<>>, length([N | L]) > 0, K =:= N rem 32 -> Found
            end,
            _ = lists:seq(1, N),
            setelement(6, M, Self) =:= message_of(N, Self)
        end || N <- Order],
        Self ! {lists:usort(Right), length(Right), element(2, process_info(self(), message_queue_len))}
    end, [{message_queue_data, Where}]),
    [Pid ! message(N) || N <- lists:seq(1, 700)],
    Pid ! start,
    receive {_, _, _} = Result -> Result end.

message_of(N, Pid) -> setelement(6, message(N), Pid).

no_part_of_the_heap() ->
    Pid = spawn_opt(fun Loop() -> receive {give, From} -> From ! given, Loop(); {collect, From} -> garbage_collect(), From ! done, Loop() end end,
        [{message_queue_data, off_heap}]),
    [Pid ! message(N) || N <- lists:seq(1, 3000)],
    [begin Pid ! {Request, self()}, receive Answer -> Answer end end || Request <- [give, collect, give, give, collect]],
    [{_, Words}, {_, Length}, {_, Messages}] = process_info(Pid, [total_heap_size, message_queue_len, messages]),
    exit(Pid, kill),
    {Words < 10000, Length, Messages =:= [message(N) || N <- lists:seq(1, 3000)]}.

%% The setting changes while messages wait.
changed() ->
    [self() ! message(N) || N <- lists:seq(1, 200)],
    [begin
        process_flag(message_queue_data, Where),
        receive nothing -> ok after 0 -> ok end,
        garbage_collect()
    end || Where <- [off_heap, on_heap, off_heap, off_heap, on_heap]],
    [receive {N, _, _, _, _, _} = M -> M =:= message(N) end || N <- lists:seq(200, 1, -1)] =:= lists:duplicate(200, true).
