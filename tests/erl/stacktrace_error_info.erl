%% error_info of native functions and the explanations that OTP makes from it (erl_erts_errors through erl_error:format_exception).
-module(stacktrace_error_info).
-export([main/1]).

main(_) ->
    Cases = [{erlang, F, A} || {F, A} <- [
        {abs, [a]}, {atom_to_list, [1]}, {atom_to_binary, [1]}, {atom_to_binary, [a, bad]}, {binary_part, [<<1>>, 1, 5]}, {binary_part, [x, 0, 1]}, {binary_to_atom, [<<255>>, utf8]},
        {binary_to_existing_atom, [<<"surely_there_is_no_such_atom">>]}, {binary_to_float, [<<"x">>]}, {binary_to_integer, [<<"1x">>]}, {binary_to_integer, [<<"1">>, 99]},
        {binary_to_list, [<<1:3>>]}, {binary_to_list, [<<1, 2>>, 0, 1]}, {binary_to_term, [<<1, 2>>]}, {bit_size, [a]}, {byte_size, [1]}, {cancel_timer, [a]}, {ceil, [a]},
        {check_process_code, [a, b]}, {convert_time_unit, [1, foo, second]}, {demonitor, [x]}, {element, [0, {a}]}, {element, [a, {a}]}, {element, [1, b]}, {erase, []},
        {exit, [a, kill]}, {float, [a]}, {float_to_list, [1]}, {float_to_list, [1.0, [bad]]}, {floor, [a]}, {fun_info, [a]}, {garbage_collect, [a]}, {get_cookie, [a, b, c]},
        {group_leader, [a, b]}, {halt, [bad]}, {hd, [[]]}, {integer_to_binary, [a]}, {integer_to_list, [1, 37]}, {iolist_size, [[a]]}, {iolist_to_binary, [[1000]]},
        {length, [[a | b]]}, {link, [a]}, {list_to_atom, [[a]]}, {list_to_atom, [lists:duplicate(300, $a)]}, {list_to_binary, [[a]]}, {list_to_existing_atom, ["no such atom at all"]},
        {list_to_float, ["1"]}, {list_to_integer, ["z"]}, {list_to_pid, ["z"]}, {list_to_tuple, [a]}, {make_tuple, [-1, a]}, {map_get, [a, #{}]}, {map_get, [a, b]}, {map_size, [1]},
        {md5, [a]}, {monitor, [process, 1]}, {monitor, [bad, a]}, {monotonic_time, [foo]}, {node, [1]}, {phash2, [a, 0]}, {process_flag, [foo, 1]}, {process_flag, [trap_exit, 1]},
        {process_info, [a]}, {process_info, [1, foo]}, {put, [a]}, {register, [a, b]}, {register, [undefined, self()]}, {round, [a]}, {send, [1, a]}, {send_after, [-1, self(), a]},
        {send_after, [a, self(), a]}, {setelement, [3, {a}, b]}, {size, [a]}, {spawn, [a]}, {spawn, [a, b, c]}, {spawn_opt, [a, b, [], [bad]]}, {split_binary, [<<1>>, 5]},
        {start_timer, [1, 1, a]}, {statistics, [foo]}, {system_flag, [foo, 1]}, {system_info, [foo]}, {term_to_binary, [a, [bad]]}, {time_offset, [foo]}, {tl, [[]]}, {trunc, [a]},
        {tuple_size, [a]}, {tuple_to_list, [a]}, {unlink, [a]}, {unregister, [nobody_here]}, {whereis, [1]}, {'++', [a, b]}, {'--', [a, b]}, {'!', [nobody_here, x]}, {'+', [a, 1]}, {'not', [1]},
        {adler32, [a]}, {crc32, [a]}, {crc32_combine, [a, b, c]}, {decode_packet, [foo, <<>>, []]}, {append_element, [a, b]}, {delete_element, [1, {}]}, {insert_element, [0, {}, a]},
        {localtime_to_universaltime, [{a, b}]}, {alias, [[bad]]}, {unalias, [a]}, {apply, [lists, nofun, []]}, {raise, [a, b, c]}, {resume_process, [self()]}, {suspend_process, [self()]},
        {read_timer, [a]}, {is_function, [a, -1]}, {is_record, [a, 1, b]}, {is_map_key, [a, b]}, {max, [1, 2]}, {port_close, [a]}, {port_command, [a, b]}, {open_port, [a, b]}, {ref_to_list, [a]}]] ++
        [{lists, F, A} || {F, A} <- [{keyfind, [a, 0, []]}, {keymember, [a, b, []]}, {keysearch, [a, 0, []]}, {member, [a, b]}, {reverse, [a, b]}, {nth, [0, []]}]] ++
        [{ets, F, A} || {F, A} <- [{new, [1, []]}, {new, [a, [bad]]}, {insert, [nope, {a}]}, {lookup, [nope, a]}, {delete, [nope]}, {lookup_element, [nope, a, 1]}, {info, [1, 2]}, {update_counter, [nope, a, 1]}]] ++
        [{binary, F, A} || {F, A} <- [{at, [<<1>>, 5]}, {copy, [a]}, {decode_unsigned, [a]}, {first, [<<>>]}, {last, [<<>>]}, {match, [<<1>>, <<>>]}, {part, [<<1>>, 5, 1]}, {split, [a, b]}, {longest_common_prefix, [[]]}, {encode_unsigned, [-1]}]] ++
        [{maps, F, A} || {F, A} <- [{get, [a, b]}, {from_list, [a]}, {merge, [a, b]}]] ++
        [{unicode, F, A} || {F, A} <- [{characters_to_list, [a]}, {characters_to_binary, [[a]]}, {characters_to_binary, [a, b, c]}]] ++
        [{re, F, A} || {F, A} <- [{run, ["a", "("]}, {run, [a, b]}, {compile, [1]}, {compile, ["(", [bad]]}]] ++
        [{math, F, A} || {F, A} <- [{sqrt, [-1]}, {sqrt, [a]}, {log, [0]}, {pow, [a, 1]}, {fmod, [1, 0]}]] ++
        [{persistent_term, F, A} || {F, A} <- [{get, [no_such_key]}]] ++
        [{atomics, F, A} || {F, A} <- [{new, [0, []]}, {new, [1, [bad]]}, {get, [a, 1]}, {put, [a, 1, 1]}]] ++
        [{counters, F, A} || {F, A} <- [{new, [0, []]}, {get, [a, 1]}]] ++
        [{io, F, A} || {F, A} <- [{format, ["~q~n", []]}, {format, [nodev_here, "x", []]}, {put_chars, [a]}]] ++
        [{os, F, A} || {F, A} <- [{getenv, [a]}, {putenv, ["a=", 1]}, {system_time, [foo]}]],
    [show(M, F, A) || {M, F, A} <- Cases].

show(M, F, A) ->
    try apply(M, F, A) of
        V when M =:= erlang, F =/= erase -> io:format("~p:~p ~0p = ~0p~n", [M, F, strip(A), strip(V)]);
        _ -> io:format("~p:~p value~n", [M, F])
    catch
        C:R:S ->
            Top = lists:takewhile(fun(E) -> element(1, E) =/= ?MODULE end, S),
            io:format("~p:~p ~0p: ~0p ~0p ~0p~n", [M, F, strip(A), C, strip(R), [proplists:get_value(error_info, element(4, E)) || E <- Top]]),
            io:format("~ts~n", [clean(unicode:characters_to_list(erl_error:format_exception(C, R, Top)))])
    end.

strip(P) when is_pid(P) -> pid;
strip(T) when is_tuple(T) -> list_to_tuple(strip(tuple_to_list(T)));
strip([H | T]) -> [strip(H) | strip(T)];
strip(X) -> X.

clean(Text) -> re:replace(Text, "<[0-9]+\\.[0-9]+\\.[0-9]+>", "<pid>", [global, {return, list}, unicode]).
