// The instructions' operands, a letter each:
//
//   s  source: register or constant      S  source that is a register       d  destination: x or y register
//   b  source or plain number            m  source or float register        n  destination or float register
//   l  float register                    u  plain number                    y  y register
//   f  label to fail to, or 0: raise     F  label of this function          L  entry label of any function
//   v  number of live x registers        h  heap words that follow the instruction's own need
//   e  import                            a  atom                            z  list
//   k  label of this function, or atom   ?  anything
//
// The order of effects is: sources are read, live registers are checked and the others forgotten, destinations are written. Instructions
// not in the table are those of compilers before OTP 24.
#include "loader/verify.h"

namespace joist {

namespace {

struct Row {
  Opcode opcode;
  OpRules rules;
};

constexpr Row rows[] = {
    {op_label, {"u"}}, {op_func_info, {"aau", true}}, {op_int_code_end, {"", true}}, {op_line, {"u"}}, {op_on_load, {""}},
    {op_nif_start, {""}}, {op_executable_line, {"uu"}}, {op_debug_line, {"?uuu"}},
    // calls
    {op_call, {"uL"}}, {op_call_last, {"uLu", true}}, {op_call_only, {"uL", true}}, {op_call_ext, {"ue"}},
    {op_call_ext_last, {"ueu", true}}, {op_call_ext_only, {"ue", true}}, {op_call_fun, {"u"}}, {op_call_fun2, {"?us"}},
    {op_apply, {"u"}}, {op_apply_last, {"uu", true}}, {op_return, {"", true}},
    // natives
    {op_bif0, {"ed"}}, {op_bif1, {"fesd"}}, {op_bif2, {"fessd"}}, {op_gc_bif1, {"fvesd"}}, {op_gc_bif2, {"fvessd"}},
    {op_gc_bif3, {"fvesssd"}},
    // stack and heap
    {op_allocate, {"uv"}}, {op_allocate_heap, {"uhv"}}, {op_allocate_zero, {"uv"}}, {op_allocate_heap_zero, {"uhv"}},
    {op_test_heap, {"hv"}}, {op_init, {"y"}}, {op_init_yregs, {"z"}}, {op_deallocate, {"u"}}, {op_trim, {"uu"}},
    // messages
    {op_send, {""}}, {op_remove_message, {""}}, {op_timeout, {""}}, {op_loop_rec, {"Fd"}}, {op_loop_rec_end, {"F", true}},
    {op_wait, {"F", true}}, {op_wait_timeout, {"Fs"}}, {op_recv_mark, {"?"}}, {op_recv_set, {"?"}}, {op_recv_marker_bind, {"SS"}},
    {op_recv_marker_clear, {"S"}}, {op_recv_marker_reserve, {"d"}}, {op_recv_marker_use, {"S"}},
    // tests
    {op_is_lt, {"Fss"}}, {op_is_ge, {"Fss"}}, {op_is_eq, {"Fss"}}, {op_is_ne, {"Fss"}}, {op_is_eq_exact, {"Fss"}},
    {op_is_ne_exact, {"Fss"}}, {op_is_integer, {"Fs"}}, {op_is_float, {"Fs"}}, {op_is_number, {"Fs"}}, {op_is_atom, {"Fs"}},
    {op_is_pid, {"Fs"}}, {op_is_reference, {"Fs"}}, {op_is_port, {"Fs"}}, {op_is_nil, {"Fs"}}, {op_is_binary, {"Fs"}},
    {op_is_list, {"Fs"}}, {op_is_nonempty_list, {"Fs"}}, {op_is_tuple, {"Fs"}}, {op_is_function, {"Fs"}},
    {op_is_function2, {"Fss"}}, {op_is_boolean, {"Fs"}}, {op_is_bitstr, {"Fs"}}, {op_is_map, {"Fs"}},
    {op_test_arity, {"Fsu"}}, {op_is_tagged_tuple, {"Fsua"}}, {op_has_map_fields, {"Fsz"}}, {op_select_val, {"sFz", true}},
    {op_select_tuple_arity, {"sFz", true}}, {op_jump, {"F", true}},
    // exceptions
    {op_catch, {"yF"}}, {op_catch_end, {"y"}}, {op_try, {"yF"}}, {op_try_end, {"y"}}, {op_try_case, {"y"}},
    {op_try_case_end, {"s", true}}, {op_raise, {"ss", true}}, {op_raw_raise, {""}}, {op_build_stacktrace, {""}},
    {op_badmatch, {"s", true}}, {op_if_end, {"", true}}, {op_case_end, {"s", true}}, {op_badrecord, {"s", true}},
    // data
    {op_move, {"sd"}}, {op_swap, {"dd"}}, {op_get_list, {"sdd"}}, {op_get_hd, {"sd"}}, {op_get_tl, {"sd"}}, {op_put_list, {"ssd"}},
    {op_get_tuple_element, {"sud"}}, {op_set_tuple_element, {"ssu"}}, {op_put_tuple2, {"dz"}}, {op_update_record, {"ausdz"}},
    {op_put_map_assoc, {"fsdvz"}}, {op_put_map_exact, {"fsdvz"}}, {op_get_map_elements, {"Fsz"}}, {op_make_fun2, {"u"}},
    {op_make_fun3, {"udz"}},
    // floats
    {op_fclearerror, {""}}, {op_fcheckerror, {"f"}}, {op_fmove, {"mn"}}, {op_fconv, {"ml"}}, {op_fadd, {"flll"}},
    {op_fsub, {"flll"}}, {op_fmul, {"flll"}}, {op_fdiv, {"flll"}}, {op_fnegate, {"fll"}},
    // building bitstrings
    {op_bs_init2, {"fbhvud"}}, {op_bs_init_bits, {"fbhvud"}}, {op_bs_add, {"fssud"}}, {op_bs_append, {"fshvusud"}},
    {op_bs_private_append, {"fsusud"}}, {op_bs_init_writable, {""}}, {op_bs_put_integer, {"fsuus"}}, {op_bs_put_binary, {"fsuus"}},
    {op_bs_put_float, {"fsuus"}}, {op_bs_put_string, {"uu"}}, {op_bs_utf8_size, {"fsd"}}, {op_bs_utf16_size, {"fsd"}},
    {op_bs_put_utf8, {"fus"}}, {op_bs_put_utf16, {"fus"}}, {op_bs_put_utf32, {"fus"}}, {op_bs_create_bin, {"fhvudz"}},
    // matching bitstrings
    {op_bs_start_match3, {"Fsvd"}}, {op_bs_start_match4, {"kvsd"}}, {op_bs_get_position, {"Sdv"}}, {op_bs_set_position, {"Ss"}},
    {op_bs_get_tail, {"Sdv"}}, {op_bs_get_integer2, {"FSvsuud"}}, {op_bs_get_float2, {"FSvsuud"}}, {op_bs_get_binary2, {"FSvsuud"}},
    {op_bs_skip_bits2, {"FSsuu"}}, {op_bs_test_tail2, {"FSu"}}, {op_bs_test_unit, {"FSu"}}, {op_bs_match_string, {"FSuu"}},
    {op_bs_get_utf8, {"FSuud"}}, {op_bs_skip_utf8, {"FSuu"}}, {op_bs_get_utf16, {"FSuud"}}, {op_bs_skip_utf16, {"FSuu"}},
    {op_bs_get_utf32, {"FSuud"}}, {op_bs_skip_utf32, {"FSuu"}}, {op_bs_match, {"FSz"}},
};

constexpr auto table = [] {
  struct { OpRules by_opcode[opcode_limit]; } made{};
  for (auto& row : rows) made.by_opcode[row.opcode] = row.rules;
  return made;
}();

}  // namespace

const OpRules& op_rules(unsigned opcode) {
  static constexpr OpRules none;
  return opcode < opcode_limit ? table.by_opcode[opcode] : none;
}

}  // namespace joist
